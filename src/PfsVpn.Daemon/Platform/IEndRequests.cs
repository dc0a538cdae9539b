namespace PfsVpn.Daemon.Platform;

/// <summary>How a system asks a process to end: signals, or what a console does to its programs.</summary>
internal interface IEndRequests : IDisposable
{
    /// <summary>Completes with the name of the first that asks for the end.</summary>
    Task<string> End { get; }
}
