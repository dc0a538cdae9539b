using PfsVpn.Noise;

namespace PfsVpn.Transport;

/// <summary>How long keypairs live: when a successor is made, and when they are refused and erased.</summary>
/// <remarks>
/// References: WireGuard paper §6.1, where N is 120 s and there is no limit of bytes. Sizes: 16 bytes. Immutable.
/// Spec deviation: with another N than 120 s, whichever role this side has, it initiates at N; a standard peer needs to know nothing of it.
/// </remarks>
/// <param name="RekeyAfterSeconds">Age N at which a successor is made, <see cref="MinRekeyAfterSeconds"/> to <see cref="MaxRekeyAfterSeconds"/>.</param>
/// <param name="RekeyAfterBytes">Bytes of messages, both ways together, after which a successor is made; 0 for no limit. A soft limit: handshakes are 5 s apart.</param>
internal readonly record struct KeyLife(ushort RekeyAfterSeconds, ulong RekeyAfterBytes)
{
    /// <summary>The shortest N: a handshake takes a while, and attempts are 5 s apart.</summary>
    public const ushort MinRekeyAfterSeconds = 10;

    /// <summary>The longest N, the protocol's own.</summary>
    public const ushort MaxRekeyAfterSeconds = 120;

    /// <summary>The smallest limit of bytes: 1 MiB.</summary>
    public const ulong MinRekeyAfterBytes = 1024 * 1024;

    /// <summary>The protocol's own: 120 s, 180 s, no limit of bytes.</summary>
    public static readonly KeyLife Standard = new(MaxRekeyAfterSeconds, 0);

    /// <summary>Whether the age is another than the protocol's, so that this side initiates whatever its role.</summary>
    public bool IsShorter => RekeyAfterSeconds < MaxRekeyAfterSeconds;

    /// <summary>Age at which a successor is made.</summary>
    public TimeSpan RekeyAfter => TimeSpan.FromSeconds(RekeyAfterSeconds);

    /// <summary>Age at which the keypair is refused and erased: 1.5 N.</summary>
    public TimeSpan RejectAfter => RekeyAfter * 1.5;

    /// <summary>Age at which receiving asks for a successor: max(N, reject - 15 s).</summary>
    public TimeSpan ReceiveRekeyAfter
    {
        get
        {
            var beforeReject = RejectAfter - ProtocolConstants.KeepaliveTimeout - ProtocolConstants.RekeyTimeout;
            return beforeReject > RekeyAfter ? beforeReject : RekeyAfter;
        }
    }
}
