namespace PfsVpn.Cli.Doctor.Checks;

/// <summary>The daemon's program.</summary>
internal sealed class DaemonCheck : IHostCheck<IHostProbe>
{
    /// <inheritdoc/>
    public string Name => "daemon";

    /// <inheritdoc/>
    public IEnumerable<Finding> Examine(IHostProbe probe)
    {
        if (probe.DaemonPath is not { } path)
        {
            yield return Finding.Problem($"pfsvpnd is {probe.Words.DaemonIsMissing}", probe.Words.ProvideDaemon);
            yield break;
        }
        var result = probe.Run(path, "--version");
        var version = result.Output.Split(' ', '\r', '\n').FirstOrDefault(static word => word.StartsWith('v') && word.Length > 1 && char.IsAsciiDigit(word[1]))?[1..];
        if (!result.Succeeded || version is null) yield return Finding.Problem($"{path} does not start: {result.Reason}", $"try it: {path} --version; a framework-dependent program needs the .NET runtime");
        else if (version != probe.Version) yield return Finding.Warning($"{path} has version {version}, and this program {probe.Version}", "install both of one version");
        else yield return Finding.Ok($"{path}, version {version}");
    }
}
