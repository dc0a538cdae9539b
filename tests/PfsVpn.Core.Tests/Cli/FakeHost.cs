using PfsVpn.Cli.Doctor;
using PfsVpn.Cli.Input;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Packets;

namespace PfsVpn.Tests.Cli;

/// <summary>A host that is made up: well in every respect, until a test says otherwise.</summary>
internal sealed class FakeHost : IHostProbe
{
    public const string Tunnel = "wg0";

    public Dictionary<string, string> Files { get; } = new(StringComparer.Ordinal)
    {
        ["/proc/self/status"] = "Uid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff\n",
        ["/proc/sys/kernel/osrelease"] = "6.12.0\n",
        ["/etc/resolv.conf"] = "nameserver 10.77.0.1\n",
        ["/proc/sys/net/ipv4/ip_forward"] = "1\n",
    };

    /// <summary>Answers of programs, by the beginning of their command line; the longest counts.</summary>
    public Dictionary<string, CommandResult> Programs { get; } = new(StringComparer.Ordinal)
    {
        ["/usr/bin/pfsvpnd --version"] = new(0, "pfsvpnd v1.2.3\n"),
        ["ip -j address show dev wg0"] = new(0, """[{"ifname":"wg0","flags":["POINTOPOINT","UP"],"addr_info":[{"scope":"global","local":"10.77.0.2"}]}]"""),
        ["ip -j link show dev"] = new(0, """[{"mtu":1420}]"""),
        ["ip -j link show dev eth0"] = new(0, """[{"mtu":1500}]"""),
        ["ip -j route get"] = new(0, """[{"dev":"wg0","prefsrc":"10.77.0.2"}]"""),
        ["ip -j route get 192.0.2.1"] = new(0, """[{"dev":"eth0","gateway":"10.0.0.1"}]"""),
        ["nft list ruleset"] = new(0),
        ["ss "] = new(0),
    };

    public HashSet<KernelFeature> Missing { get; } = [];

    public int TunMode { get; set; } = 0x21B6;

    public int TunErrno { get; set; }

    public int FileMode { get; set; } = 0x8180;

    public int Knock { get; set; }

    /// <summary>The largest packet that is answered, by address; 0 for none.</summary>
    public Dictionary<string, int> Paths { get; } = new(StringComparer.Ordinal) { ["192.0.2.1"] = 1500, ["10.77.0.1"] = 1420 };

    public List<int> Sent { get; } = [];

    public HandshakeTrial? Trial { get; set; } = new(Made: true, null, new Dictionary<string, long>(StringComparer.Ordinal));

    public bool NameServerAnswers { get; set; } = true;

    public Dictionary<string, string> Names { get; } = new(StringComparer.Ordinal) { ["vpn.example.com"] = "192.0.2.1" };

    public string Version => "1.2.3";

    public DateTimeOffset Now { get; set; } = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    public DateTimeOffset ProgramTime { get; } = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    public string? DaemonPath { get; set; } = "/usr/bin/pfsvpnd";

    /// <summary>A client that is connected to its server.</summary>
    public Patient Client() => new()
    {
        Name = Tunnel,
        IsWanted = true,
        Path = "/etc/wireguard/wg0.conf",
        HasFile = true,
        Runs = true,
        HasPrivateKey = true,
        ListenPort = 40000,
        Addresses = [Prefix("10.77.0.0/24")],
        OwnAddresses = [Prefix("10.77.0.2/32").Address],
        Peers = [Server()],
    };

    public PatientPeer Server() => new()
    {
        PublicKey = "key",
        Label = "server",
        AllowedIps = [Prefix("10.77.0.1/32")],
        Endpoint = new EndpointAddress(Prefix("192.0.2.1/32").Address, 51820),
        IsInFile = true,
        Runs = true,
        LastHandshake = Now.ToUnixTimeSeconds() - 10,
    };

    public static IpPrefix Prefix(string text) => Prefixes.TryParse(text, out _, out var prefix) ? prefix : throw new FormatException(text);

    public string? Text(string path) => Files.GetValueOrDefault(path);

    public int Mode(string path) => path == "/dev/net/tun" ? TunMode : FileMode;

    public int TryOpen(string path) => TunErrno;

    public bool? Has(KernelFeature feature) => !Missing.Contains(feature);

    public CommandResult Run(string program, params string[] arguments)
    {
        var line = string.Join(' ', arguments.Prepend(program));
        return Programs.Where(entry => line.StartsWith(entry.Key, StringComparison.Ordinal)).OrderByDescending(static entry => entry.Key.Length).Select(static entry => entry.Value).FirstOrDefault()
            ?? new CommandResult(CommandResult.NotFound, Error: $"{program}: no such program in PATH");
    }

    public (int Error, string Words, EndpointAddress Address) Resolve(string host, string port) => Names.TryGetValue(host, out var address)
        ? (0, "", new EndpointAddress(Prefix(address).Address, 51820))
        : (-2, "Name or service not known", default);

    public int KnockUdp(EndpointAddress target, uint mark) => Knock;

    public IReadOnlySet<int>? Echo(IpAddress target, IReadOnlyList<int> sizes, uint mark)
    {
        Sent.AddRange(sizes);
        return sizes.Where(size => size <= Paths.GetValueOrDefault(target.ToString())).ToHashSet();
    }

    public bool AsksNameServer(IpAddress server) => NameServerAnswers;

    public HandshakeTrial? TryHandshake(string tunnel, IpAddress target, string publicKey, long after) => Trial;
}
