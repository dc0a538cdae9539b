using PfsVpn.Cli;
using PfsVpn.Cli.Doctor;
using PfsVpn.Cli.Windows.Doctor;
using PfsVpn.Cli.Windows.Network;
using PfsVpn.Cli.Windows.Network.Filters;
using PfsVpn.Packets;
using PfsVpn.Tests.Cli.Windows.Network;

namespace PfsVpn.Tests.Cli.Windows.Doctor;

/// <summary>A machine with Windows that is made up, whose tunnel is up.</summary>
internal sealed class FakeWindowsHost : FakeProbe, IWindowsProbe
{
    private readonly WindowsAnswers _answers;

    public FakeWindowsHost()
    {
        _answers = new WindowsAnswers(Network);
        Network.AddLink(FakeNetwork.Tunnel, "wg0", mtu: 1420, metric: 5);
        Network.AddressRows.Add(new AddressRow(FakeNetwork.Tunnel, FakeNetwork.Ip("10.77.0.2"), 24));
        Network.AddressRows.Add(new AddressRow(FakeNetwork.Tunnel, FakeNetwork.Ip("fe80::1"), 64));
        Network.RouteRows.Add(FakeNetwork.Route(FakeNetwork.Tunnel, "10.77.0.0/24", 0));
    }

    public FakeNetwork Network { get; } = new();

    public HashSet<FilterPurpose> Filters { get; } = [];

    /// <summary>Why filters may not be looked at, or null.</summary>
    public string? FilterError { get; set; }

    public Dictionary<string, string?> LibraryErrors { get; } = new(StringComparer.Ordinal) { ["wintun.dll"] = null, ["libsodium.dll"] = null };

    public string? LockError { get; set; }

    public ServiceSight? TunnelService { get; set; }

    public string? Holder { get; set; }

    public override IHostWords Words => WindowsWords.Instance;

    public IReadOnlyList<(string Name, string? Error)> Libraries() => [.. LibraryErrors.Select(static entry => (entry.Key, entry.Value))];

    public string? TryLockMemory() => LockError;

    public bool HasFilters(FilterPurpose purpose, string tunnel) => FilterError is null ? Filters.Contains(purpose) : throw new CliException(FilterError);

    public ServiceSight? Service(string tunnel) => TunnelService;

    public override LinkState? Link(string name) => _answers.Link(name);

    public override RouteAnswer Route(Patient tunnel, IpAddress address) => _answers.Route(tunnel.Name, address);

    public override RouteAnswer RouteBeside(Patient tunnel, IpAddress address) => _answers.RouteBeside(tunnel.Name, address);

    public override (string? Holder, string? Unseen) PortHolder(ushort port) => (Holder, null);

    public override IReadOnlyList<IpAddress> NameServers(string? device) => device is null ? _answers.NameServers() : [];
}
