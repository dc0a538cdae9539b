using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using PfsVpn.Packets;

namespace PfsVpn.Tun;

/// <summary>What a packet that goes into the TUN is to coalescing: which flow it belongs to, and whether others may be joined to it.</summary>
/// <remarks>
/// Plain are TCP and UDP without IP options, extension headers and fragments, whose lengths agree with the length of the packet. What is TCP or UDP and not plain, or may
/// be, is <see cref="FlowPacketKind.Entangled"/>: it may belong to any flow.
/// Threading: a value. Safety: it points into the batch; it lives for one write.
/// </remarks>
internal readonly unsafe struct FlowPacket
{
    private const byte Tcp = 6, Udp = 17, HopByHop = 0, Routing = 43, Fragment = 44, Destination = 60;
    private const byte PlainV4 = 0x45, Ack = 0x10;
    private const int TcpHeader = 20, UdpHeader = 8;
    private const ushort MayFragmentOrIsFragment = 0xBFFF;

    private FlowPacket(byte* start, int length, FlowPacketKind kind)
    {
        Start = start;
        Length = length;
        Kind = kind;
    }

    /// <summary>First byte of the IP header.</summary>
    public byte* Start { get; }

    /// <summary>Bytes of the packet.</summary>
    public int Length { get; }

    /// <summary>What it is.</summary>
    public FlowPacketKind Kind { get; }

    /// <summary>Whether it is IPv4; else IPv6.</summary>
    public bool IsV4 => Start[0] >> 4 == 4;

    /// <summary>Whether it is TCP; else UDP.</summary>
    public bool IsTcp { get; private init; }

    /// <summary>Offset of the TCP or UDP header.</summary>
    public int Transport { get; private init; }

    /// <summary>Bytes of all headers.</summary>
    public int Headers { get; private init; }

    /// <summary>Bytes of data.</summary>
    public int Data => Length - Headers;

    /// <summary>A number that all packets of a flow in this direction have, spread over 32 bits.</summary>
    public uint FlowHash { get; private init; }

    /// <summary>TCP: the sequence number of the first byte of data.</summary>
    public uint Sequence => BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<uint>(Start + Transport + 4));

    /// <summary>TCP: whether PSH is set.</summary>
    public bool IsPush => (Start[Transport + 13] & TcpFields.Push) != 0;

    /// <summary>Reads the headers of a packet of the given length.</summary>
    public static FlowPacket Read(byte* start, int length)
    {
        if (length < IpHeader.V4MinLengthInBytes) return new FlowPacket(start, length, FlowPacketKind.Other);
        return (start[0] >> 4) switch
        {
            4 => ReadV4(start, length),
            6 when length >= IpHeader.V6LengthInBytes => ReadV6(start, length),
            _ => new FlowPacket(start, length, FlowPacketKind.Other),
        };
    }

    /// <summary>
    /// Takes a packet whose headers are byte for byte those of this one, which is <see cref="FlowPacketKind.Data"/>, but for what differs between segments: the next of a
    /// bulk transfer, known by a comparison or two instead of being read field by field. It is Data too, and <see cref="MayBeFollowedBy"/> holds but for the id.
    /// </summary>
    public bool TryTakeAlike(byte* start, int length, out FlowPacket packet)
    {
        packet = default;
        if (length <= Headers || !HeaderMask.AreAlike(Start, start, Headers, Transport == IpHeader.V4MinLengthInBytes, IsTcp)) return false;
        if (Transport == IpHeader.V4MinLengthInBytes ? ReadNumber(start + 2) != length : ReadNumber(start + 4) + IpHeader.V6LengthInBytes != length) return false;
        if (!IsTcp && (ReadNumber(start + Transport + 4) != length - Transport || ReadNumber(start + Transport + 6) == 0)) return false;
        packet = new FlowPacket(start, length, FlowPacketKind.Data) { IsTcp = IsTcp, Transport = Transport, Headers = Headers, FlowHash = FlowHash };
        return true;
    }

    /// <summary>Whether the id of <paramref name="next"/> is what cutting makes of it. Where DF is set the id means nothing (RFC 6864).</summary>
    public bool HasIdBefore(in FlowPacket next, int index) =>
        Transport != IpHeader.V4MinLengthInBytes || (Start[6] & TcpFields.DoNotFragment) != 0 || (ushort)(ReadNumber(Start + 4) + index) == ReadNumber(next.Start + 4);

    /// <summary>Whether both are of one flow: same version, protocol, addresses and ports. Both are plain.</summary>
    public bool IsSameFlowAs(in FlowPacket other)
    {
        if (FlowHash != other.FlowHash || Transport != other.Transport || IsTcp != other.IsTcp) return false;
        var a = Start;
        var b = other.Start;
        if (Transport == IpHeader.V4MinLengthInBytes) return Word8(a + 12) == Word8(b + 12) && Word4(a + 20) == Word4(b + 20);
        return Word8(a + 8) == Word8(b + 8) && Word8(a + 16) == Word8(b + 16) && Word8(a + 24) == Word8(b + 24) && Word8(a + 32) == Word8(b + 32)
            && Word4(a + 40) == Word4(b + 40);
    }

    /// <summary>
    /// Whether the headers allow <paramref name="next"/>, of the same flow, to follow this one in a super-packet that begins with this one: what cutting would give to
    /// every segment is the same in both. Ids, sequence numbers and sizes are looked at apart.
    /// </summary>
    public bool MayBeFollowedBy(in FlowPacket next)
    {
        if (Headers != next.Headers) return false;
        var a = Start;
        var b = next.Start;
        if (Transport == IpHeader.V4MinLengthInBytes)
        {
            // TOS; DF, TTL and protocol.
            if (a[1] != b[1] || Word4(a + 6) != Word4(b + 6)) return false;
        }
        else if (Word4(a) != Word4(b) || a[7] != b[7])
        {
            return false;
        }
        return !IsTcp || HasSameTcpFields(a + Transport, b + Transport, Headers - Transport);
    }

    /// <summary>Whether the checksums of the IPv4 header and of the transport are right.</summary>
    public bool HasRightChecksums()
    {
        var length = Length - Transport;
        var sum = InternetChecksum.Add(InternetChecksum.Add(PseudoHeaderWithoutLength, (ushort)length), new ReadOnlySpan<byte>(Start + Transport, length));
        if (InternetChecksum.Finish(sum) != 0) return false;
        return !IsV4 || InternetChecksum.Finish(Words(Word8(Start)) + Words(Word8(Start + 8)) + Word4(Start + 16)) == 0;
    }

    /// <summary>The sum of addresses and protocol.</summary>
    public ulong PseudoHeaderWithoutLength => InternetChecksum.Add(
        IsV4 ? Words(Word8(Start + 12)) : Words(Word8(Start + 8)) + Words(Word8(Start + 16)) + Words(Word8(Start + 24)) + Words(Word8(Start + 32)),
        IsTcp ? Tcp : Udp);

    private static FlowPacket ReadV4(byte* start, int length)
    {
        var protocol = start[9];
        var isPlain = start[0] == PlainV4 && ReadNumber(start + 2) == length && (ReadNumber(start + 6) & MayFragmentOrIsFragment) == 0;
        var addresses = Word8(start + 12);
        if (protocol is not (Tcp or Udp)) return new FlowPacket(start, length, FlowPacketKind.Other) { FlowHash = Hash(addresses, 0) };
        return isPlain ? ReadTransport(start, length, protocol, IpHeader.V4MinLengthInBytes, addresses) : Entangled(start, length, addresses);
    }

    private static FlowPacket ReadV6(byte* start, int length)
    {
        var protocol = start[6];
        var isPlain = ReadNumber(start + 4) + IpHeader.V6LengthInBytes == length;
        var addresses = Word8(start + 8) ^ ulong.RotateLeft(Word8(start + 16), 17) ^ ulong.RotateLeft(Word8(start + 24), 31) ^ ulong.RotateLeft(Word8(start + 32), 47);
        if (protocol is Tcp or Udp)
            return isPlain ? ReadTransport(start, length, protocol, IpHeader.V6LengthInBytes, addresses) : Entangled(start, length, addresses);
        var mayBeAnything = protocol is HopByHop or Routing or Fragment or Destination;
        return new FlowPacket(start, length, mayBeAnything ? FlowPacketKind.Entangled : FlowPacketKind.Other) { FlowHash = Hash(addresses, 0) };
    }

    private static FlowPacket ReadTransport(byte* start, int length, byte protocol, int transport, ulong addresses)
    {
        var isTcp = protocol == Tcp;
        var headers = transport + (isTcp ? TcpHeader : UdpHeader);
        if (length < headers) return Entangled(start, length, addresses);
        if (isTcp) headers = transport + ((start[transport + 12] >> 4) * 4);
        return new FlowPacket(start, length, MayCoalesce(start + transport, length - transport, headers - transport, isTcp) ? FlowPacketKind.Data : FlowPacketKind.Bare)
        {
            IsTcp = isTcp,
            Transport = transport,
            Headers = headers,
            FlowHash = Hash(addresses, Word4(start + transport) ^ ((ulong)protocol << 32)),
        };
    }

    private static bool MayCoalesce(byte* transport, int length, int headers, bool isTcp)
    {
        if (headers >= length) return false;
        if (!isTcp) return ReadNumber(transport + 4) == length && ReadNumber(transport + 6) != 0;
        // Data that were acknowledged or not, and nothing out of the ordinary: also not the low bits of byte 12, of which one is a flag.
        return headers >= TcpHeader && (transport[12] & 15) == 0 && (transport[13] & ~TcpFields.Push) == Ack;
    }

    /// <summary>Acknowledgement, flags but PSH, window, urgent pointer and options.</summary>
    private static bool HasSameTcpFields(byte* a, byte* b, int headers)
    {
        if (Word4(a + 8) != Word4(b + 8) || ReadNumber(a + 14) != ReadNumber(b + 14) || ReadNumber(a + 18) != ReadNumber(b + 18)) return false;
        if (((a[13] ^ b[13]) & ~TcpFields.Push) != 0) return false;
        for (var offset = TcpHeader; offset < headers; offset += sizeof(uint))
            if (Word4(a + offset) != Word4(b + offset)) return false;
        return true;
    }

    private static FlowPacket Entangled(byte* start, int length, ulong addresses) =>
        new(start, length, FlowPacketKind.Entangled) { FlowHash = Hash(addresses, 0) };

    private static uint Hash(ulong addresses, ulong ports)
    {
        var mixed = (addresses ^ (ports * 0x9E37_79B9_7F4A_7C15)) * 0xD6E8_FEB8_6659_FD93;
        return (uint)(mixed >> 32);
    }

    private static ulong Words(ulong two) => (two & uint.MaxValue) + (two >> 32);

    private static ushort ReadNumber(byte* field) => BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<ushort>(field));

    private static uint Word4(byte* field) => Unsafe.ReadUnaligned<uint>(field);

    private static ulong Word8(byte* field) => Unsafe.ReadUnaligned<ulong>(field);
}
