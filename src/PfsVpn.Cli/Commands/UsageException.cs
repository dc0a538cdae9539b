namespace PfsVpn.Cli.Commands;

/// <summary>The arguments are not those of the command: its usage line is shown. A message, if any, says what is wrong with them.</summary>
internal sealed class UsageException(string message = "") : Exception(message);
