using System.Buffers.Binary;
using PfsVpn.Packets;

namespace PfsVpn.Tun;

/// <summary>What the headers of all segments of a super-packet have in common, and how each differs.</summary>
/// <remarks>The sums of what stays are taken once; a segment adds its own lengths, id, sequence number and flags. Threading: a value on the stack.</remarks>
internal readonly unsafe struct SegmentTemplate
{
    private const byte OnlyOnLast = TcpFields.Fin | TcpFields.Push;
    private const int V4Length = 2, V4Id = 4, V4Checksum = 10, V6Length = 4;
    private const int TcpSequence = 4, TcpFlags = 13, TcpChecksum = 16, UdpLength = 4, UdpChecksum = 6;

    private readonly SuperPacket _super;
    private readonly ulong _ipSum;
    private readonly ulong _transportSum;
    private readonly ushort _id;
    private readonly uint _sequence;
    private readonly byte _flags;

    /// <summary>Takes the headers from the super-packet, before its first segment is completed in the same place.</summary>
    public SegmentTemplate(byte* packet, in SuperPacket super)
    {
        _super = super;
        var transport = packet + super.Transport;
        if (super.IsV4)
        {
            _id = Read(packet + V4Id);
            Write(packet + V4Length, 0);
            Write(packet + V4Id, 0);
            Write(packet + V4Checksum, 0);
            _ipSum = InternetChecksum.Add(0, new ReadOnlySpan<byte>(packet, super.Transport));
        }
        if (super.IsTcp)
        {
            _sequence = BinaryPrimitives.ReadUInt32BigEndian(new ReadOnlySpan<byte>(transport + TcpSequence, sizeof(uint)));
            _flags = transport[TcpFlags];
            BinaryPrimitives.WriteUInt32BigEndian(new Span<byte>(transport + TcpSequence, sizeof(uint)), 0);
            transport[TcpFlags] = 0;
            Write(transport + TcpChecksum, 0);
        }
        else
        {
            Write(transport + UdpLength, 0);
            Write(transport + UdpChecksum, 0);
        }
        _transportSum = InternetChecksum.Add(super.PseudoHeader, new ReadOnlySpan<byte>(transport, super.Headers - super.Transport));
    }

    /// <summary>Fills in the fields of a segment, whose headers are those of the super-packet.</summary>
    /// <param name="segment">First byte of its IP header.</param>
    /// <param name="index">Which it is, from 0.</param>
    /// <param name="size">Bytes of its data.</param>
    /// <param name="dataSum">Their sum.</param>
    /// <param name="isLast">Whether it is the last.</param>
    public void Complete(byte* segment, int index, int size, ulong dataSum, bool isLast)
    {
        CompleteIp(segment, index, size);
        var transport = segment + _super.Transport;
        var length = (ushort)(_super.Headers - _super.Transport + size);
        var sum = InternetChecksum.Add(_transportSum + dataSum, length);
        if (!_super.IsTcp)
        {
            Write(transport + UdpLength, length);
            TunSegmenter.WriteChecksum(transport + UdpChecksum, InternetChecksum.Finish(InternetChecksum.Add(sum, length)));
            return;
        }
        var sequence = _sequence + ((uint)index * (uint)_super.SegmentSize);
        var flags = _flags;
        if (!isLast) flags = (byte)(flags & ~OnlyOnLast);
        if (index > 0) flags = (byte)(flags & ~TcpFields.Cwr);
        BinaryPrimitives.WriteUInt32BigEndian(new Span<byte>(transport + TcpSequence, sizeof(uint)), sequence);
        transport[TcpFlags] = flags;
        sum = InternetChecksum.Add(InternetChecksum.Add(InternetChecksum.Add(sum, (ushort)(sequence >> 16)), (ushort)sequence), flags);
        Write(transport + TcpChecksum, InternetChecksum.Finish(sum));
    }

    private void CompleteIp(byte* segment, int index, int size)
    {
        var total = _super.Headers + size;
        if (!_super.IsV4)
        {
            Write(segment + V6Length, (ushort)(total - IpHeader.V6LengthInBytes));
            return;
        }
        var id = (ushort)(_id + index);
        Write(segment + V4Length, (ushort)total);
        Write(segment + V4Id, id);
        Write(segment + V4Checksum, InternetChecksum.Finish(InternetChecksum.Add(InternetChecksum.Add(_ipSum, (ushort)total), id)));
    }

    private static ushort Read(byte* field) => BinaryPrimitives.ReadUInt16BigEndian(new ReadOnlySpan<byte>(field, sizeof(ushort)));

    private static void Write(byte* field, ushort number) => BinaryPrimitives.WriteUInt16BigEndian(new Span<byte>(field, sizeof(ushort)), number);
}
