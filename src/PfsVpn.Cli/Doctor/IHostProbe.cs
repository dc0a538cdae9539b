using PfsVpn.Cli.Tunnel;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Doctor;

/// <summary>All that the checks of every system see of the host. Looking changes nothing; packets are sent only where a member says so.</summary>
/// <remarks>Threading: one thread.</remarks>
internal interface IHostProbe
{
    /// <summary>The version of this program.</summary>
    string Version { get; }

    /// <summary>The wall clock.</summary>
    DateTimeOffset Now { get; }

    /// <summary>When this program was made: no clock that is right shows an earlier time.</summary>
    DateTimeOffset ProgramTime { get; }

    /// <summary>Where pfsvpnd is, or null.</summary>
    string? DaemonPath { get; }

    /// <summary>Whether this is root or, on Windows, an administrator.</summary>
    bool IsRoot { get; }

    /// <summary>What remedies are called on this system.</summary>
    IHostWords Words { get; }

    /// <summary>Type and permissions of a file, links followed, or a negative errno.</summary>
    int Mode(string path);

    /// <summary>Runs a program that only looks.</summary>
    CommandResult Run(string program, params string[] arguments);

    /// <summary>A network device; null where it is not here.</summary>
    LinkState? Link(string name);

    /// <summary>Which way packets of this host's programs to an address take.</summary>
    RouteAnswer Route(Patient tunnel, IpAddress address);

    /// <summary>Which way the packets of a tunnel's daemon itself to an address take.</summary>
    RouteAnswer RouteBeside(Patient tunnel, IpAddress address);

    /// <summary>Who has a UDP port, null for nobody; or why that is not seen.</summary>
    (string? Holder, string? Unseen) PortHolder(ushort port);

    /// <summary>The name servers that programs of this host ask; or those of one device, where the system keeps them apart.</summary>
    IReadOnlyList<IpAddress> NameServers(string? device);

    /// <summary>Looks a host up: 0 and its first address, or an error and its words.</summary>
    (int Error, string Words, EndpointAddress Address) Resolve(string host, string port);

    /// <summary>Sends one byte by UDP the way of the daemon's packets, and waits a moment. 0 where nothing came back, else the errno that the network answered with.</summary>
    int KnockUdp(Patient tunnel, EndpointAddress target);

    /// <summary>Sends echo requests, all packets at once, that must not be fragmented. Null where that is not allowed here.</summary>
    /// <param name="tunnel">The tunnel.</param>
    /// <param name="target">Where to.</param>
    /// <param name="sizes">Sizes of the whole IP packets, in bytes.</param>
    /// <param name="isBeside">Whether they go the way of the daemon's packets; else that of any program's.</param>
    /// <returns>The sizes that were answered.</returns>
    IReadOnlySet<int>? Echo(Patient tunnel, IpAddress target, IReadOnlyList<int> sizes, bool isBeside);

    /// <summary>Sends a question to a name server and waits for any answer.</summary>
    bool AsksNameServer(IpAddress server);

    /// <summary>Sends a packet into the tunnel to an address, so that its daemon makes a handshake if it must, and looks until there is one, or none can be expected any more.</summary>
    /// <param name="tunnel">Its interface.</param>
    /// <param name="target">An address of the peer.</param>
    /// <param name="publicKey">The peer.</param>
    /// <param name="after">Seconds since 1970 of the handshake before.</param>
    /// <returns>The peer's state afterwards, and what was dropped meanwhile by reason; null where the daemon does not answer.</returns>
    HandshakeTrial? TryHandshake(string tunnel, IpAddress target, string publicKey, long after);
}
