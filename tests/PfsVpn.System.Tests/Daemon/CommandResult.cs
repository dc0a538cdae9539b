namespace PfsVpn.SystemTests.Daemon;

/// <summary>What a command left: its exit code and what it wrote.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Error)
{
    /// <summary>Both texts, for messages.</summary>
    public override string ToString() => $"exit code {ExitCode}\n{Output}{Error}";
}
