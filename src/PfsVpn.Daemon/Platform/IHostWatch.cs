namespace PfsVpn.Daemon.Platform;

/// <summary>Watches for what the machine under the daemon may do to the keys.</summary>
internal interface IHostWatch : IDisposable
{
    /// <summary>Completes when it is known for the first time what can be watched.</summary>
    Task FirstLook { get; }
}
