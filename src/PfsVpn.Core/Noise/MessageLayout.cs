namespace PfsVpn.Noise;

/// <summary>Where the fields of the handshake messages stand, in bytes from their start (WireGuard paper §5.4.2 to §5.4.7).</summary>
internal static class MessageLayout
{
    /// <summary>Initiation and response: the sender's index. Cookie reply and data: the receiver's.</summary>
    public const int FirstIndex = 4;

    /// <summary>Response: the receiver's index.</summary>
    public const int ResponseReceiver = 8;

    /// <summary>Data: the counter.</summary>
    public const int DataCounter = 8;

    public static readonly Range InitiationEphemeral = 8..40;
    public static readonly Range InitiationStatic = 40..88;
    public static readonly Range InitiationTimestamp = 88..116;

    public static readonly Range ResponseEphemeral = 12..44;
    public static readonly Range ResponseEmpty = 44..60;

    public static readonly Range CookieReplyNonce = 8..32;
    public static readonly Range CookieReplyCookie = 32..64;

    /// <summary>What mac1 covers, in an initiation or a response.</summary>
    public static Range BeforeMac1 => ..^MessageSizes.Macs;

    /// <summary>mac1 of an initiation or a response.</summary>
    public static Range Mac1 => ^MessageSizes.Macs..^MessageSizes.Mac;

    /// <summary>What mac2 covers: all before it, mac1 too.</summary>
    public static Range BeforeMac2 => ..^MessageSizes.Mac;

    /// <summary>mac2 of an initiation or a response.</summary>
    public static Range Mac2 => ^MessageSizes.Mac..;
}
