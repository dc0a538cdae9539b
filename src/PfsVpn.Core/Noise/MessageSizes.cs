namespace PfsVpn.Noise;

/// <summary>Sizes in bytes of the four messages (WireGuard paper §5.4).</summary>
internal static class MessageSizes
{
    /// <summary>A handshake initiation, exactly.</summary>
    public const int Initiation = 148;

    /// <summary>A handshake response, exactly.</summary>
    public const int Response = 92;

    /// <summary>A cookie reply, exactly.</summary>
    public const int CookieReply = 64;

    /// <summary>What stands before the ciphertext of a data message: type, receiver, counter.</summary>
    public const int DataHeader = 16;

    /// <summary>The shortest data message, a keepalive: header and tag.</summary>
    public const int DataMinimum = 32;

    /// <summary>mac1 and mac2: 16 bytes each.</summary>
    public const int Mac = 16;

    /// <summary>What initiations and responses end with: mac1 and mac2.</summary>
    public const int Macs = 2 * Mac;
}
