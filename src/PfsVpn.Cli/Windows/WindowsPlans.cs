using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using PfsVpn.Cli.Attend;
using PfsVpn.Cli.Control;
using PfsVpn.Cli.Reload;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Cli.Windows.Network;
using PfsVpn.Cli.Windows.Network.Filters;
using PfsVpn.Configuration;
using PfsVpn.Tun;

namespace PfsVpn.Cli.Windows;

/// <summary>Windows: the IP helper and the filtering platform, and a daemon that is a child of the program that stays.</summary>
internal sealed class WindowsPlans : ITunnelPlans, IDisposable
{
    private readonly ConcurrentDictionary<string, WindowsDaemon> _daemons = new(StringComparer.OrdinalIgnoreCase);
    private readonly WindowsParts _parts;

    /// <summary>Composes the parts.</summary>
    public WindowsPlans()
    {
        var daemon = Path.Combine(AppContext.BaseDirectory, OwnProgram.Daemon + ".exe");
        _parts = new WindowsParts
        {
            Network = new NetworkSystem(WintunAdapterId.For),
            Filters = FilterEngine.Instance,
            StartDaemon = host => Start(host, daemon),
            EndDaemon = End,
            DaemonPath = daemon,
            ProgramPath = OwnProgram.Path,
        };
    }

    /// <summary>Takes other parts.</summary>
    internal WindowsPlans(WindowsParts parts) => _parts = parts;

    /// <inheritdoc/>
    public bool Exists(TunnelHost host) => _parts.Network.Find(host.Interface) is not null;

    /// <inheritdoc/>
    public TunnelPlan Up(TunnelFile file, string realPath, bool inForeground) => WindowsUpPlanner.Plan(file, realPath, _parts);

    /// <inheritdoc/>
    public TunnelPlan Down(TunnelHost host, TunnelFile file, string realPath, RunningDevice running, bool liftsKillSwitch) =>
        WindowsDownPlanner.Plan(host, file, realPath, _parts, liftsKillSwitch, file.SaveConfig ? inner => new TunnelSaver(inner, file, realPath).Save() : null);

    /// <inheritdoc/>
    public TunnelPlan Rest(TunnelHost host, TunnelFile file, string realPath)
    {
        var all = WindowsDownPlanner.Plan(host, file, realPath, _parts);
        var plan = new TunnelPlan();
        // The kill switch stays: the end was not meant.
        foreach (var step in all.Steps.Where(static step => step.Stage is not (TunnelStage.PreDown or TunnelStage.GuardEnd))) plan.Add(step);
        return plan;
    }

    /// <inheritdoc/>
    public bool ClearLeftovers(TunnelHost host, TunnelFile? file)
    {
        var guard = new WindowsKillSwitch(_parts.Network, _parts.Filters, _parts.DaemonPath, _parts.ProgramPath);
        var isClosed = guard.IsClosed(host);
        if (!isClosed && !WindowsLeftovers.Exist(host, _parts)) return false;
        host.Say($"`{host.Interface}' is not up, but has left something behind.");
        WindowsLeftovers.Clear(host, _parts);
        if (!isClosed) return true;
        var plan = new TunnelPlan();
        guard.AddEndTo(plan, host, file);
        foreach (var step in plan.Steps) step.Do(host);
        return true;
    }

    /// <inheritdoc/>
    public IMtuFollower FollowMtu(CliContext context, string name, Action wake, Action<string> log) => new MtuFollower(_parts.Network, name, log, new WindowsIpChanges(), wake);

    /// <inheritdoc/>
    public void AddReload(TunnelPlan plan, ReloadFiles files) => new WindowsReload(files, _parts).AddTo(plan);

    /// <summary>Windows says that there is no such name also where it cannot ask: without a network, or behind the filters of a tunnel that is not connected.</summary>
    public bool CanLookUp(CliContext context, string name) => !_parts.Filters.Has(FilterPurpose.KillSwitch, name) && !_parts.Filters.Has(FilterPurpose.NameServers, name) && _parts.Network.NameServersBeside(name).Count != 0;

    /// <summary>Those that the machine has now: at its start it may have none yet, and in another network others.</summary>
    public IReadOnlyList<string> NameServersBeside(CliContext context, string name) => _parts.Network.NameServersBeside(name);

    /// <inheritdoc/>
    public Action<Socket, IPAddress>? PastTunnel(CliContext context, string name) => _parts.Network.Find(name) is { } tunnel ? (socket, server) => WayOut.Bind(_parts.Network, socket, server, tunnel) : null;

    /// <inheritdoc/>
    public IReadOnlyList<string> Addresses(TunnelHost host, TunnelFile file) => [.. AdapterAddresses.Of(_parts.Network, host.Interface, file).Select(static row => row.ToString())];

    /// <summary>None: the adapter has those of the file, and what Windows lists with it need not be its own.</summary>
    public IReadOnlyList<string> NameServers(TunnelHost host) => [];

    /// <inheritdoc/>
    public string? Mtu(TunnelHost host) => _parts.Network.Find(host.Interface) is { } adapter && _parts.Network.Interface(adapter, isV4: true) is { } row ? $"{row.Mtu}" : null;

    /// <summary>Ends the daemons that still run.</summary>
    public void Dispose()
    {
        foreach (var name in _daemons.Keys)
        {
            if (_daemons.TryRemove(name, out var daemon)) daemon.Dispose();
        }
    }

    private void Start(TunnelHost host, string program)
    {
        if (!File.Exists(program)) throw new CliException($"{program}: there is no such program: {OwnProgram.Daemon}.exe belongs beside {Path.GetFileName(OwnProgram.Path)}");
        _daemons[host.Interface] = WindowsDaemon.Start(host, program);
    }

    private void End(TunnelHost host)
    {
        if (_daemons.TryRemove(host.Interface, out var daemon)) daemon.Dispose();
    }
}
