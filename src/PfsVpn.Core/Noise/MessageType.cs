namespace PfsVpn.Noise;

/// <summary>Byte 0 of every message (WireGuard paper §5.4). Other values are dropped.</summary>
internal enum MessageType : byte
{
    /// <summary>No message of the protocol.</summary>
    None = 0,

    /// <summary>Handshake initiation, from initiator to responder.</summary>
    Initiation = 1,

    /// <summary>Handshake response, from responder to initiator.</summary>
    Response = 2,

    /// <summary>Cookie reply, from a host under load.</summary>
    CookieReply = 3,

    /// <summary>Transport data; a keepalive where it is empty.</summary>
    Data = 4,
}
