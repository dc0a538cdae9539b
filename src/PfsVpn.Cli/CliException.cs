namespace PfsVpn.Cli;

/// <summary>Something the user has to know; the program ends with <see cref="ExitCode"/>. The message never holds a secret.</summary>
internal sealed class CliException(string message, int exitCode = 1) : Exception(message)
{
    /// <summary>Whether whoever read the output has gone: nothing is said then, as for any program in a pipe.</summary>
    public bool IsSilent => Message.Length == 0;

    public int ExitCode { get; } = exitCode;

    /// <summary>The end of a program whose reader has gone: what a shell shows for SIGPIPE.</summary>
    public static CliException BrokenPipe() => new("", 128 + 13);
}
