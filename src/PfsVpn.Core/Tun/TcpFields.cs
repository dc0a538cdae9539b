namespace PfsVpn.Tun;

/// <summary>Bits of the headers that cutting and coalescing look at.</summary>
/// <remarks>References: RFC 9293 §3.1, RFC 3168 §6.1, RFC 791 §3.1.</remarks>
internal static class TcpFields
{
    /// <summary>Flags of TCP, in byte 13 of its header.</summary>
    public const byte Fin = 0x01, Push = 0x08, Cwr = 0x80;

    /// <summary>The DF bit of IPv4, in byte 6 of its header.</summary>
    public const byte DoNotFragment = 0x40;
}
