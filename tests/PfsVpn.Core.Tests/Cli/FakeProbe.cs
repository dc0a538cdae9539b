using PfsVpn.Cli.Doctor;
using PfsVpn.Cli.Input;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Packets;

namespace PfsVpn.Tests.Cli;

/// <summary>What of a host that is made up is the same on every system: well in every respect, until a test says otherwise.</summary>
internal abstract class FakeProbe : IHostProbe
{
    public const string Tunnel = "wg0";

    /// <summary>Answers of programs, by the beginning of their command line; the longest counts.</summary>
    public Dictionary<string, CommandResult> Programs { get; } = new(StringComparer.Ordinal) { ["/usr/bin/pfsvpnd --version"] = new(0, "pfsvpnd v1.2.3\n") };

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

    public bool IsRoot { get; set; } = true;

    public abstract IHostWords Words { get; }

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

    public CommandResult Run(string program, params string[] arguments)
    {
        var line = string.Join(' ', arguments.Prepend(program));
        return Programs.Where(entry => line.StartsWith(entry.Key, StringComparison.Ordinal)).OrderByDescending(static entry => entry.Key.Length).Select(static entry => entry.Value).FirstOrDefault()
            ?? new CommandResult(CommandResult.NotFound, Error: $"{program}: no such program in PATH");
    }

    public (int Error, string Words, EndpointAddress Address) Resolve(string host, string port) => Names.TryGetValue(host, out var address)
        ? (0, "", new EndpointAddress(Prefix(address).Address, 51820))
        : (-2, "Name or service not known", default);

    public int KnockUdp(Patient tunnel, EndpointAddress target) => Knock;

    public IReadOnlySet<int>? Echo(Patient tunnel, IpAddress target, IReadOnlyList<int> sizes, bool isBeside)
    {
        Sent.AddRange(sizes);
        return sizes.Where(size => size <= Paths.GetValueOrDefault(target.ToString())).ToHashSet();
    }

    public bool AsksNameServer(IpAddress server) => NameServerAnswers;

    public HandshakeTrial? TryHandshake(string tunnel, IpAddress target, string publicKey, long after) => Trial;

    public virtual int Mode(string path) => FileMode;

    public abstract LinkState? Link(string name);

    public abstract RouteAnswer Route(Patient tunnel, IpAddress address);

    public abstract RouteAnswer RouteBeside(Patient tunnel, IpAddress address);

    public abstract (string? Holder, string? Unseen) PortHolder(ushort port);

    public abstract IReadOnlyList<IpAddress> NameServers(string? device);
}
