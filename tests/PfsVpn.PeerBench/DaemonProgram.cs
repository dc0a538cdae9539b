namespace PfsVpn.PeerBench;

/// <summary>A daemon that can be started: its arguments come before the name of the interface.</summary>
internal sealed record DaemonProgram(string Name, string Path, IReadOnlyList<string> Arguments)
{
    /// <summary>wireguard-go knows the foreground by this variable.</summary>
    public static IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>(StringComparer.Ordinal) { ["WG_PROCESS_FOREGROUND"] = "1" };

    /// <summary>The first line of --version.</summary>
    public async Task<string> VersionAsync(CancellationToken stop) =>
        (await Shell.RunAsync(Path, ["--version"], TimeSpan.FromSeconds(10), stop)).Split('\n')[0].Trim();
}
