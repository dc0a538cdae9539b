using PfsVpn.Crypto;
using PfsVpn.Packets;

namespace PfsVpn.Configuration;

/// <summary>What <c>get=1</c> answers: the state of a device at one moment. The secrets are the device's own slots, valid only on its control thread.</summary>
internal sealed class DeviceState
{
    /// <summary>The private key, or null.</summary>
    public SecretKey? PrivateKey { get; init; }

    /// <summary>The UDP port, 0 where none is bound or set.</summary>
    public ushort ListenPort { get; init; }

    /// <summary>The firewall mark, 0 for none.</summary>
    public uint FirewallMark { get; init; }

    /// <summary>The interface that the UDP sockets are bound to, empty for none.</summary>
    public string BindDevice { get; init; } = "";

    /// <summary>The addresses that the UDP sockets are bound to, the default value for any.</summary>
    public BindAddresses BindAddresses { get; init; }

    /// <summary>Age in seconds at which keypairs get a successor, 0 where it is the protocol's own.</summary>
    public ushort RekeyAfterSeconds { get; init; }

    /// <summary>Bytes after which keypairs get a successor, 0 for no limit.</summary>
    public ulong RekeyAfterBytes { get; init; }

    /// <summary>All peers, in the order in which they were added.</summary>
    public required IReadOnlyList<PeerState> Peers { get; init; }
}

/// <summary>One peer of a <see cref="DeviceState"/>.</summary>
internal sealed class PeerState
{
    /// <summary>Static public key.</summary>
    public PublicKey PublicKey { get; init; }

    /// <summary>What people call the peer, empty for no name.</summary>
    public string Name { get; init; } = "";

    /// <summary>The pre-shared key, or null for none.</summary>
    public SecretKey? PresharedKey { get; init; }

    /// <summary>Endpoint, or null.</summary>
    public EndpointAddress? Endpoint { get; init; }

    /// <summary>Time of the last completed handshake since 1970-01-01 UTC; zero for never.</summary>
    public TimeSpan LastHandshake { get; init; }

    /// <summary>Bytes received, authenticated, with message overhead.</summary>
    public ulong ReceivedBytes { get; init; }

    /// <summary>Bytes sent, with message overhead.</summary>
    public ulong SentBytes { get; init; }

    /// <summary>Interval of persistent keepalives in seconds, 0 for off.</summary>
    public ushort PersistentKeepalive { get; init; }

    /// <summary>Age in seconds at which keypairs of this peer get a successor, 0 where the interface says it.</summary>
    public ushort RekeyAfterSeconds { get; init; }

    /// <summary>Bytes after which keypairs of this peer get a successor, 0 where the interface says it.</summary>
    public ulong RekeyAfterBytes { get; init; }

    /// <summary>Allowed IPs, in the order in which they were added.</summary>
    public required IEnumerable<IpPrefix> AllowedIps { get; init; }
}
