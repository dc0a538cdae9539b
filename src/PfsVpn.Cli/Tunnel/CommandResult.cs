using System.Globalization;

namespace PfsVpn.Cli.Tunnel;

/// <summary>How a program ended and what it wrote.</summary>
/// <param name="ExitCode">Its exit code; 128 and more where a signal ended it, 127 where it could not be started.</param>
/// <param name="Output">Its standard output; empty where it shared ours.</param>
/// <param name="Error">Its standard error, or why it could not be started; empty where it shared ours.</param>
internal sealed record CommandResult(int ExitCode, string Output = "", string Error = "")
{
    /// <summary>The exit code of a program that is not there, as a shell has it.</summary>
    public const int NotFound = 127;

    public bool Succeeded => ExitCode == 0;

    /// <summary>Why it failed, in words that go behind a colon.</summary>
    public string Reason
    {
        get
        {
            var said = string.Join("; ", Error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
            if (ExitCode == NotFound && said.Length != 0) return said;
            var end = string.Create(CultureInfo.InvariantCulture, $"exit code {ExitCode}");
            return said.Length == 0 ? end : $"{said} ({end})";
        }
    }
}
