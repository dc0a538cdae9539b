using System.Runtime.InteropServices;

namespace PfsVpn.Packets;

/// <summary>Where a packet (or a run of packets of equal size) lies in the memory of a <see cref="PacketBatch"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PacketExtent
{
    /// <summary>Offset of the first byte from the start of the batch memory.</summary>
    public int Offset;

    /// <summary>Bytes, all segments together.</summary>
    public int Length;

    /// <summary>Size of each segment but the last, for buffers that the kernel coalesced; 0 where the extent is one packet.</summary>
    public int Stride;

    /// <summary>TOS octet (DSCP and ECN) of the outer header: received, or to be sent.</summary>
    public byte Tos;

    /// <summary>1 where the packet is a segment of the same super-packet as the one before: same addresses, same TOS. Else 0.</summary>
    public byte ContinuesFlow;
}
