namespace PfsVpn.Noise;

/// <summary>The constants of the protocol, with their place in the WireGuard paper (revision of 2020-06-01).</summary>
internal static class ProtocolConstants
{
    /// <summary>§5.4: name of the Noise construction.</summary>
    public static ReadOnlySpan<byte> Construction => "Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s"u8;

    /// <summary>§5.4: identifier mixed into the first hash.</summary>
    public static ReadOnlySpan<byte> Identifier => "WireGuard v1 zx2c4 Jason@zx2c4.com"u8;

    /// <summary>§5.4.4: label of the key of mac1.</summary>
    public static ReadOnlySpan<byte> LabelMac1 => "mac1----"u8;

    /// <summary>§5.4.7: label of the key of cookie replies.</summary>
    public static ReadOnlySpan<byte> LabelCookie => "cookie--"u8;

    /// <summary>§6.1: messages on one keypair after which a new handshake is started.</summary>
    public const ulong RekeyAfterMessages = 1UL << 60;

    /// <summary>§6.1: messages after which a keypair is refused: 2^64 - 2^13 - 1.</summary>
    public const ulong RejectAfterMessages = ulong.MaxValue - (1UL << 13);

    /// <summary>§6.1: age after which the initiator of a keypair starts a new handshake when it sends.</summary>
    public static readonly TimeSpan RekeyAfterTime = TimeSpan.FromSeconds(120);

    /// <summary>§6.1: age at which a keypair is refused, and here erased.</summary>
    public static readonly TimeSpan RejectAfterTime = TimeSpan.FromSeconds(180);

    /// <summary>§6.1: how long initiations are repeated before giving up.</summary>
    public static readonly TimeSpan RekeyAttemptTime = TimeSpan.FromSeconds(90);

    /// <summary>§6.1: time between initiations to one peer.</summary>
    public static readonly TimeSpan RekeyTimeout = TimeSpan.FromSeconds(5);

    /// <summary>§6.1: silence after data was received that is broken by a keepalive.</summary>
    public static readonly TimeSpan KeepaliveTimeout = TimeSpan.FromSeconds(10);

    /// <summary>§5.3: validity of a cookie and of the secret behind it.</summary>
    public static readonly TimeSpan CookieRefreshTime = TimeSpan.FromSeconds(120);

    /// <summary>Age after which a received cookie is no longer used and wiped: 5 s before its maker forgets it.</summary>
    public static readonly TimeSpan CookieUseTime = TimeSpan.FromSeconds(115);

    /// <summary>The largest random delay added to a retransmission.</summary>
    public static readonly TimeSpan RekeyTimeoutJitterMax = TimeSpan.FromMilliseconds(333);

    /// <summary>Initiations of one static key that come faster than this are a flood.</summary>
    public static readonly TimeSpan InitiationFloodInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>How long "under load" lasts after the handshake queue was last an eighth full.</summary>
    public static readonly TimeSpan UnderLoadStickyTime = TimeSpan.FromSeconds(1);

    /// <summary>Packets staged for one peer while there is no key.</summary>
    public const int MaxStagedPackets = 128;

    /// <summary>Peers of one device, as in the kernel.</summary>
    public const int MaxPeers = 1 << 20;
}
