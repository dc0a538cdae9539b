using PfsVpn.Crypto;

namespace PfsVpn.Cli.Control;

/// <summary>One peer of a <see cref="RunningDevice"/>, which owns its secret.</summary>
internal sealed class RunningPeer(PublicKey publicKey)
{
    public PublicKey PublicKey { get; } = publicKey;

    /// <summary>What people call the peer, empty for no name.</summary>
    public string Name { get; set; } = "";

    /// <summary>The pre-shared key, or null for none.</summary>
    public SecretKey? PresharedKey { get; set; }

    /// <summary>The endpoint as text, or null for none.</summary>
    public string? Endpoint { get; set; }

    /// <summary>Seconds since 1970 of the last handshake, 0 for never.</summary>
    public long LastHandshakeSeconds { get; set; }

    /// <summary>Nanoseconds to add to <see cref="LastHandshakeSeconds"/>.</summary>
    public long LastHandshakeNanoseconds { get; set; }

    public ulong ReceivedBytes { get; set; }

    public ulong SentBytes { get; set; }

    /// <summary>Seconds between persistent keepalives, 0 for off.</summary>
    public ushort PersistentKeepalive { get; set; }

    /// <summary>Seconds after which a key gets a successor, 0 for the interface's.</summary>
    public ushort RekeyAfterSeconds { get; set; }

    /// <summary>Bytes after which a key gets a successor, 0 for the interface's.</summary>
    public ulong RekeyAfterBytes { get; set; }

    public List<RunningPrefix> AllowedIps { get; } = [];
}
