using PfsVpn.Cli.Doctor;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Packets;

namespace PfsVpn.Tests.Cli;

/// <summary>A host with Linux that is made up.</summary>
internal sealed class FakeHost : FakeProbe, ILinuxProbe
{
    public FakeHost()
    {
        Programs["ip -j address show dev wg0"] = new CommandResult(0, """[{"ifname":"wg0","flags":["POINTOPOINT","UP"],"mtu":1420,"addr_info":[{"scope":"global","local":"10.77.0.2"}]}]""");
        Programs["ip -j address show dev eth0"] = new CommandResult(0, """[{"ifname":"eth0","flags":["UP"],"mtu":1500,"addr_info":[]}]""");
        Programs["ip -j route get"] = new CommandResult(0, """[{"dev":"wg0","prefsrc":"10.77.0.2"}]""");
        Programs["ip -j route get 192.0.2.1"] = new CommandResult(0, """[{"dev":"eth0","gateway":"10.0.0.1"}]""");
        Programs["nft list ruleset"] = new CommandResult(0);
        Programs["ss "] = new CommandResult(0);
    }

    public Dictionary<string, string> Files { get; } = new(StringComparer.Ordinal)
    {
        ["/proc/self/status"] = "CapEff:\t000001ffffffffff\n",
        ["/proc/sys/kernel/osrelease"] = "6.12.0\n",
        ["/etc/resolv.conf"] = "nameserver 10.77.0.1\n",
        ["/proc/sys/net/ipv4/ip_forward"] = "1\n",
    };

    public HashSet<KernelFeature> Missing { get; } = [];

    public int TunMode { get; set; } = 0x21B6;

    public int TunErrno { get; set; }

    public override IHostWords Words => LinuxWords.Instance;

    public string? Text(string path) => Files.GetValueOrDefault(path);

    public override int Mode(string path) => path == "/dev/net/tun" ? TunMode : FileMode;

    public int TryOpen(string path) => TunErrno;

    public bool? Has(KernelFeature feature) => !Missing.Contains(feature);

    public override LinkState? Link(string name) => LinuxAnswers.Link(this, name);

    public override RouteAnswer Route(Patient tunnel, IpAddress address) => LinuxAnswers.Route(this, address, mark: 0);

    public override RouteAnswer RouteBeside(Patient tunnel, IpAddress address) => LinuxAnswers.Route(this, address, tunnel.FirewallMark);

    public override (string? Holder, string? Unseen) PortHolder(ushort port) => LinuxAnswers.PortHolder(this, port);

    public override IReadOnlyList<IpAddress> NameServers(string? device) => LinuxAnswers.NameServers(this, device);
}
