using System.Diagnostics;

namespace PfsVpn.Tests.Cli;

/// <summary>The stock <c>wg</c>, run in a mount namespace of its own in which /var/run is a directory of the test.</summary>
internal static class WgTool
{
    private const string Script = "mount --bind \"$0\" \"$(readlink -f /var/run)\" && exec wg \"$@\"";

    /// <summary>Why tests against it are skipped here, or null. Under CI none is: they run, and fail.</summary>
    public static string? Unavailable { get; } = Environment.GetEnvironmentVariable("CI") is { Length: > 0 } ? null
        : !File.Exists("/usr/bin/wg") ? "wg (wireguard-tools) is not installed"
        : Environment.IsPrivilegedProcess ? null : "needs root, for a mount namespace or a socket where wg looks";

    public static RunResult Run(string runDirectory, IEnumerable<string> arguments, string input = "", params (string Name, string Value)[] environment) =>
        Execute("unshare", ["-m", "sh", "-c", Script, runDirectory, .. arguments], input, environment);

    public static RunResult Execute(string program, IEnumerable<string> arguments, string input = "", params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in new[] { "WG_COLOR_MODE", "WG_HIDE_KEYS", "WG_ENDPOINT_RESOLUTION_RETRIES" }) start.Environment.Remove(name);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            process.StandardInput.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program ended without reading it.
        }
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new RunResult(process.ExitCode, output, error.GetAwaiter().GetResult());
    }
}

/// <summary>A test that compares with the stock <c>wg</c>.</summary>
internal sealed class WgFactAttribute : FactAttribute
{
    public WgFactAttribute() => Skip = WgTool.Unavailable;
}

/// <summary>A theory that compares with the stock <c>wg</c>.</summary>
internal sealed class WgTheoryAttribute : TheoryAttribute
{
    public WgTheoryAttribute() => Skip = WgTool.Unavailable;
}
