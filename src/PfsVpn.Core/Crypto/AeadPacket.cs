using System.Runtime.InteropServices;

namespace PfsVpn.Crypto;

/// <summary>One packet of a batch that <see cref="TransportAead"/> seals or opens in place.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct AeadPacket
{
    /// <summary>Start of the text, in native memory; 16 bytes for the tag must follow the plaintext.</summary>
    public byte* Data;

    /// <summary>The nonce counter of the packet.</summary>
    public ulong Counter;

    /// <summary>Bytes of plaintext, without the tag, for sealing and for opening.</summary>
    public int PlaintextLength;

    /// <summary>Set by opening: 1 where the tag was right, else 0. The text of a packet with 0 is not plaintext.</summary>
    public int Authentic;
}
