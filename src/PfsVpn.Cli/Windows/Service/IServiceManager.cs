namespace PfsVpn.Cli.Windows.Service;

/// <summary>The service control manager, as far as tunnels need it. Tests have one of their own.</summary>
/// <remarks>Errors: a <see cref="CliException"/> with the reason and what to do.</remarks>
internal interface IServiceManager
{
    /// <summary>The service of a tunnel, or null where there is none.</summary>
    ServiceState? Find(string tunnel);

    /// <summary>Whether the service of a tunnel starts with the machine, and what it runs; null where there is none.</summary>
    (bool IsAutomatic, string CommandLine)? Configuration(string tunnel);

    /// <summary>All services of tunnels, by name.</summary>
    IReadOnlyList<ServiceState> All();

    /// <summary>Makes a service, or makes one that is there what it should be. Returns what of its settings this Windows did not take.</summary>
    IReadOnlyList<string> Install(TunnelService service);

    /// <summary>Starts a service; returns at once. Says nothing where it runs already.</summary>
    void Start(string tunnel);

    /// <summary>Asks a service to stop; returns at once. True also where it does not run; false where it cannot be asked now, because it has just been started or stops already.</summary>
    bool TryStop(string tunnel);

    /// <summary>Takes a service away that has stopped.</summary>
    void Delete(string tunnel);
}
