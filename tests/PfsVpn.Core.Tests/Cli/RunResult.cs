namespace PfsVpn.Tests.Cli;

/// <summary>What a run of a program left behind.</summary>
internal sealed record RunResult(int ExitCode, string Output, string Error);
