using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using PfsVpn.Packets;

namespace PfsVpn.Tun;

/// <summary>Turns the headers of the first packet of a group into those of the super-packet, and back where the kernel did not take it.</summary>
/// <remarks>Threading: a value on the stack.</remarks>
internal readonly unsafe struct SuperPacketHeaders
{
    private const int V4Length = 2, V4Checksum = 10, V6Length = 4;
    private const int TcpFlags = 13, TcpChecksum = 16, UdpLength = 4, UdpChecksum = 6;

    private readonly FlowPacket _first;
    private readonly ushort _checksum;
    private readonly ushort _ipChecksum;
    private readonly byte _flags;

    private SuperPacketHeaders(in FlowPacket first)
    {
        _first = first;
        _checksum = Read(Field(first));
        _ipChecksum = first.IsV4 ? Read(first.Start + V4Checksum) : (ushort)0;
        _flags = first.IsTcp ? first.Start[first.Transport + TcpFlags] : (byte)0;
    }

    /// <summary>Writes lengths, checksums and PSH for the whole group, and the virtio-net header before the packet.</summary>
    public static SuperPacketHeaders Apply(in FlowPacket first, in PacketGroup group)
    {
        var saved = new SuperPacketHeaders(first);
        var transport = first.Start + first.Transport;
        if (group.IsPush) transport[TcpFlags] |= TcpFields.Push;
        WriteLengths(first, group.Length);
        if (first.IsV4)
        {
            Write(first.Start + V4Checksum, 0);
            Write(first.Start + V4Checksum, InternetChecksum.Compute(new ReadOnlySpan<byte>(first.Start, IpHeader.V4MinLengthInBytes)));
        }
        var pseudo = InternetChecksum.Add(first.PseudoHeaderWithoutLength, (ushort)(group.Length - first.Transport));
        Write(Field(first), InternetChecksum.Fold(pseudo));
        Unsafe.WriteUnaligned(first.Start - VirtioNetHeader.LengthInBytes, new VirtioNetHeader
        {
            Flags = VirtioNetHeader.NeedsChecksum,
            GsoType = !first.IsTcp ? VirtioNetHeader.GsoUdpL4 : first.IsV4 ? VirtioNetHeader.GsoTcpV4 : VirtioNetHeader.GsoTcpV6,
            HeaderLength = (ushort)first.Headers,
            GsoSize = (ushort)first.Data,
            ChecksumStart = (ushort)first.Transport,
            ChecksumOffset = (ushort)(first.IsTcp ? TcpChecksum : UdpChecksum),
        });
        return saved;
    }

    /// <summary>Gives the first packet its own headers again.</summary>
    public void Restore()
    {
        WriteLengths(_first, _first.Length);
        Write(Field(_first), _checksum);
        if (_first.IsV4) Write(_first.Start + V4Checksum, _ipChecksum);
        if (_first.IsTcp) _first.Start[_first.Transport + TcpFlags] = _flags;
    }

    private static void WriteLengths(in FlowPacket first, int length)
    {
        if (first.IsV4) Write(first.Start + V4Length, (ushort)length);
        else Write(first.Start + V6Length, (ushort)(length - IpHeader.V6LengthInBytes));
        if (!first.IsTcp) Write(first.Start + first.Transport + UdpLength, (ushort)(length - first.Transport));
    }

    private static byte* Field(in FlowPacket first) => first.Start + first.Transport + (first.IsTcp ? TcpChecksum : UdpChecksum);

    private static ushort Read(byte* field) => BinaryPrimitives.ReadUInt16BigEndian(new ReadOnlySpan<byte>(field, sizeof(ushort)));

    private static void Write(byte* field, ushort number) => BinaryPrimitives.WriteUInt16BigEndian(new Span<byte>(field, sizeof(ushort)), number);
}
