namespace PfsVpn.Daemon.Bus;

/// <summary>The connection to the bus is of no more use, or a call on it failed; the message says why.</summary>
internal sealed class BusException(string message) : Exception(message);
