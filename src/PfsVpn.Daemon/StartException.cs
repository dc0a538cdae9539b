namespace PfsVpn.Daemon;

/// <summary>The daemon cannot start; the message tells the user what is wrong and what to do.</summary>
internal sealed class StartException(string message) : Exception(message);
