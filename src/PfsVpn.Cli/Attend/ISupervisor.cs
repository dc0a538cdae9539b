namespace PfsVpn.Cli.Attend;

/// <summary>Whoever runs a program that stays: asks it to end or to read its file again, and is told how it does.</summary>
/// <remarks>Threading: requests come on any thread; the rest belongs to one.</remarks>
internal interface ISupervisor : IDisposable
{
    /// <summary>How often it wants to hear <see cref="Watchdog"/>; null where it does not wait for it.</summary>
    TimeSpan? WatchdogTimeout { get; }

    /// <summary>Hands requests on from now on.</summary>
    void Listen(Action stop, Action reload);

    /// <summary>The tunnel is up.</summary>
    void Ready(string status);

    /// <summary>How the tunnel is, a line for people.</summary>
    void Status(string text);

    /// <summary>Its file is read again; <see cref="Ready"/> follows.</summary>
    void Reloading();

    /// <summary>The tunnel is about to be taken down.</summary>
    void Stopping();

    /// <summary>The program lives.</summary>
    void Watchdog();
}
