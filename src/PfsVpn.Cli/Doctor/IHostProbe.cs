using PfsVpn.Cli.Tunnel;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Doctor;

/// <summary>All that the checks see of the host. Looking changes nothing; packets are sent only where a member says so.</summary>
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

    /// <summary>The first line or all of a small text file, or null where it cannot be read.</summary>
    string? Text(string path);

    /// <summary>Type and permissions of a file, links followed, or a negative errno.</summary>
    int Mode(string path);

    /// <summary>Opens a file for reading and writing, and closes it. 0, or an errno.</summary>
    int TryOpen(string path);

    /// <summary>Whether the kernel has something; null where that cannot be told.</summary>
    bool? Has(KernelFeature feature);

    /// <summary>Runs a program that only looks.</summary>
    CommandResult Run(string program, params string[] arguments);

    /// <summary>Looks a host up: 0 and its first address, or an error and its words.</summary>
    (int Error, string Words, EndpointAddress Address) Resolve(string host, string port);

    /// <summary>Sends one byte by UDP and waits a moment. 0 where nothing came back, else the errno that the network answered with.</summary>
    int KnockUdp(EndpointAddress target, uint mark);

    /// <summary>Sends echo requests, all packets at once, that must not be fragmented. Null where that is not allowed here.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="sizes">Sizes of the whole IP packets, in bytes.</param>
    /// <param name="mark">The firewall mark, 0 for none.</param>
    /// <returns>The sizes that were answered.</returns>
    IReadOnlySet<int>? Echo(IpAddress target, IReadOnlyList<int> sizes, uint mark);

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
