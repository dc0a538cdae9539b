using System.Runtime.InteropServices;

namespace PfsVpn.Tun;

/// <summary>What stands before each packet of a TUN with IFF_VNET_HDR: which checksum is still missing, and how the packet is to be cut.</summary>
/// <remarks>
/// References: VIRTIO 1.2 §5.1.6; linux/virtio_net.h, <c>struct virtio_net_hdr</c>. Sizes: <see cref="LengthInBytes"/>. Byte order: the machine's, which the kernel
/// takes unless told otherwise. The default value says "a packet like any other".
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal struct VirtioNetHeader
{
    /// <summary>Bytes of the form without a count of buffers. It fits before a packet: <see cref="Packets.PacketBatch.HeaderRoom"/> is more.</summary>
    public const int LengthInBytes = 10;

    /// <summary>The checksum field holds the folded sum of the pseudo-header; the rest is to be added.</summary>
    public const byte NeedsChecksum = 1;

    /// <summary>What the packet is to be cut into. UdpL4: into datagrams, each with a header of its own.</summary>
    public const byte GsoNone = 0, GsoTcpV4 = 1, GsoTcpV6 = 4, GsoUdpL4 = 5;

    /// <summary>Beside a TCP type: CWR is set, and belongs to the first segment only.</summary>
    public const byte GsoEcn = 0x80;

    /// <summary>Flags, <see cref="NeedsChecksum"/> among them.</summary>
    public byte Flags;

    /// <summary>GsoNone or one of the types.</summary>
    public byte GsoType;

    /// <summary>Bytes of all headers: a hint, not to be relied on.</summary>
    public ushort HeaderLength;

    /// <summary>Bytes of data in each segment but the last.</summary>
    public ushort GsoSize;

    /// <summary>Where the sum begins: the offset of the transport header.</summary>
    public ushort ChecksumStart;

    /// <summary>Where the checksum goes, from <see cref="ChecksumStart"/> on.</summary>
    public ushort ChecksumOffset;
}
