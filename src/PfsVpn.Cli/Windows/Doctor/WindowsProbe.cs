using System.Net.Sockets;
using PfsVpn.Cli.Doctor;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Cli.Windows.Native;
using PfsVpn.Cli.Windows.Network;
using PfsVpn.Cli.Windows.Network.Filters;
using PfsVpn.Cli.Windows.Service;
using PfsVpn.Crypto;
using PfsVpn.Interop;
using PfsVpn.Interop.Windows;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Windows.Doctor;

/// <summary>A host with Windows.</summary>
internal sealed class WindowsProbe(CliContext context, INetworkSystem network, IFilterEngine filters, IServiceManager services) : HostProbe(context), IWindowsProbe
{
    private const int ManyKeysBytes = 1024 * 1024;

    private static readonly (string Name, Action Load)[] Files = [("wintun.dll", Wintun.Load), ("libsodium.dll", SodiumLibrary.Load)];

    private readonly WindowsAnswers _answers = new(network);

    /// <inheritdoc/>
    public override string? DaemonPath => OwnProgram.DaemonBeside(Context);

    /// <inheritdoc/>
    public override IHostWords Words => WindowsWords.Instance;

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, string? Error)> Libraries() => [.. Files.Select(static file => (file.Name, TryLoad(file.Load)))];

    /// <inheritdoc/>
    public string? TryLockMemory()
    {
        try
        {
            new LockedBlock(ManyKeysBytes).Dispose();
            return null;
        }
        catch (SecretMemoryException refused)
        {
            return refused.Message;
        }
    }

    /// <inheritdoc/>
    public bool HasFilters(FilterPurpose purpose, string tunnel) => IsRoot ? filters.Has(purpose, tunnel) : throw new CliException("only an administrator may look at filters");

    /// <inheritdoc/>
    public ServiceSight? Service(string tunnel)
    {
        if (services.Find(tunnel) is not { } state) return null;
        var files = new TunnelState(Context, tunnel);
        return new ServiceSight(state, services.Configuration(tunnel) is { IsAutomatic: true }, files.Read(ServiceProcess.FailureItem)?.Trim(), files.PathOf(ServiceJournal.FileName));
    }

    /// <inheritdoc/>
    public override LinkState? Link(string name) => _answers.Link(name);

    /// <inheritdoc/>
    public override RouteAnswer Route(Patient tunnel, IpAddress address) => _answers.Route(tunnel.Name, address);

    /// <inheritdoc/>
    public override RouteAnswer RouteBeside(Patient tunnel, IpAddress address) => _answers.RouteBeside(tunnel.Name, address);

    /// <inheritdoc/>
    public override (string? Holder, string? Unseen) PortHolder(ushort port) => UdpPorts.HolderOf(port);

    /// <inheritdoc/>
    public override IReadOnlyList<IpAddress> NameServers(string? device) => device is null ? _answers.NameServers() : [];

    /// <summary>With a closed kill switch nothing is sent: it lets the daemon's packets out, and not ours.</summary>
    public override int KnockUdp(Patient tunnel, EndpointAddress target) => IsClosed(tunnel) ? 0 : base.KnockUdp(tunnel, target);

    /// <inheritdoc/>
    public override IReadOnlySet<int>? Echo(Patient tunnel, IpAddress target, IReadOnlyList<int> sizes, bool isBeside) =>
        EchoRequests.TrySend(target, isBeside ? _answers.SourceBeside(tunnel.Name, target) : null, sizes);

    /// <inheritdoc/>
    protected override void KeepBeside(Socket socket, Patient tunnel, IpAddress target)
    {
        if (network.Find(tunnel.Name) is { } adapter) WayOut.Bind(network, socket, target.ToIPAddress(), adapter);
    }

    /// <inheritdoc/>
    protected override void LeadInto(Socket socket, string tunnel, IpAddress target)
    {
        if (network.Find(tunnel) is { } adapter) WayOut.LeadBy(network, socket, adapter);
    }

    private static string? TryLoad(Action load)
    {
        try
        {
            load();
            return null;
        }
        catch (DllNotFoundException wrong)
        {
            return wrong.Message;
        }
    }

    private bool IsClosed(Patient tunnel)
    {
        try
        {
            return HasFilters(FilterPurpose.KillSwitch, tunnel.Name);
        }
        catch (CliException)
        {
            return false;
        }
    }
}
