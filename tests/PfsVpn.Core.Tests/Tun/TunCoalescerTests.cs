using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using PfsVpn.Packets;
using PfsVpn.Tests.Packets;
using PfsVpn.Tun;

namespace PfsVpn.Tests.Tun;

public sealed unsafe class TunCoalescerTests : IDisposable
{
    private readonly PacketBatch _batch = new(2 * 1024 * 1024, 4096);
    private readonly TunCoalescer _coalescer = new();
    private int _offset = PacketBatch.HeaderRoom;

    public void Dispose() => _batch.Dispose();

    [Fact]
    public void What_was_cut_is_put_together_again()
    {
        var random = new Random(1);
        for (var round = 0; round < 1500; round++)
        {
            var super = PlainSuperPacket.Random(random, canBeCoalesced: true);
            var segments = super.Segments();
            Empty();
            segments.ForEach(Put);
            _coalescer.Plan(_batch, tcp: true, udp: true);
            Assert.Equal(1, _coalescer.GroupCount);
            Assert.Equal(segments.Count, _coalescer.Groups[0].Count);
            if (segments.Count == 1) continue;
            var before = Bytes(0);
            var written = Gather(0, out var headers);
            Assert.Equal(super.Whole(), written);
            Assert.Equal(super.Header, Unsafe.ReadUnaligned<VirtioNetHeader>(_batch.Memory + PacketBatch.HeaderRoom - VirtioNetHeader.LengthInBytes));
            headers.Restore();
            Assert.Equal(before, Bytes(0));
        }
    }

    [Fact]
    public void Flows_that_are_mixed_are_each_put_together_in_their_order()
    {
        var random = new Random(2);
        for (var round = 0; round < 50; round++)
        {
            var supers = Enumerable.Range(0, TunCoalescer.FlowSlots).Select(_ => PlainSuperPacket.Random(random, canBeCoalesced: true)).ToList();
            var left = supers.ConvertAll(super => new Queue<byte[]>(super.Segments().Take(40)));
            Empty();
            while (left.Any(queue => queue.Count > 0))
            {
                var queue = left[random.Next(left.Count)];
                if (queue.Count > 0 && _offset < _batch.CapacityInBytes - 20_000) Put(queue.Dequeue());
                else if (_offset >= _batch.CapacityInBytes - 20_000) break;
            }
            _coalescer.Plan(_batch, tcp: true, udp: true);
            Assert.Equal(supers.Zip(left).Count(pair => pair.Second.Count < Math.Min(40, pair.First.SegmentCount)), _coalescer.GroupCount);
        }
    }

    [Fact]
    public void Every_packet_is_in_one_group_and_a_flow_keeps_its_order_whatever_comes()
    {
        var random = new Random(3);
        for (var round = 0; round < 400; round++)
        {
            var supers = Enumerable.Range(0, random.Next(1, 40)).Select(_ => PlainSuperPacket.Random(random, canBeCoalesced: random.Next(4) > 0)).ToList();
            Empty();
            var packets = supers.SelectMany(super => super.Segments().Take(6)).Select(packet => random.Next(10) == 0 ? Spoil(packet, random) : packet).Take(100).ToList();
            foreach (var packet in packets.OrderBy(_ => random.Next(3)))
                if (_offset < _batch.CapacityInBytes - 20_000) Put(packet);
            _coalescer.Plan(_batch, tcp: true, udp: true);
            var order = new List<int>();
            for (var group = 0; group < _coalescer.GroupCount; group++)
            {
                var members = Members(group);
                Assert.Equal(members.Order(), members);
                order.AddRange(members);
            }
            Assert.Equal(Enumerable.Range(0, _batch.OutputCount), order.Order());
            foreach (var flow in order.GroupBy(index => FlowOf(Bytes(index)), StringComparer.Ordinal)) Assert.Equal(flow.Order(), flow);
        }
    }

    [Fact]
    public void What_the_kernel_could_not_make_again_is_not_joined()
    {
        foreach (var (isV4, isTcp, doNotFragment) in ((bool, bool, bool)[])[(true, true, true), (true, true, false), (true, false, false), (false, true, true), (false, false, true)])
        {
            var super = new PlainSuperPacket { IsV4 = isV4, IsTcp = isTcp, DoNotFragment = doNotFragment, Data = new byte[3000], SegmentSize = 1000, Seed = 5 };
            Assert.Equal(1, Groups(super.Segments()));
            for (var bit = 0; bit < super.Headers * 8; bit++)
            {
                if (IsRepaired(bit / 8, super)) continue;
                var segments = super.Segments();
                segments[1][bit / 8] ^= (byte)(1 << (bit % 8));
                Repair(segments[1], super);
                var mayDiffer = (isV4 && doNotFragment && bit / 8 is 4 or 5) || (isTcp && bit == ((super.Transport + 13) * 8) + 3);
                Counts(segments);
                Assert.True(mayDiffer == Members(0).Contains(1), $"IPv4 {isV4}, TCP {isTcp}: bit {bit % 8} of byte {bit / 8} differs.");
            }
        }
    }

    [Fact]
    public void A_wrong_checksum_keeps_a_packet_alone_and_as_it_is()
    {
        foreach (var isV4 in (bool[])[true, false])
        {
            foreach (var isTcp in (bool[])[true, false])
            {
                var super = new PlainSuperPacket { IsV4 = isV4, IsTcp = isTcp, Data = new byte[6000], SegmentSize = 1000, Seed = 6 };
                for (var wrong = 0; wrong < 6; wrong++)
                {
                    var segments = super.Segments();
                    segments[wrong][^1] ^= 1;
                    Empty();
                    segments.ForEach(Put);
                    _coalescer.Plan(_batch, tcp: true, udp: true);
                    var lonely = Enumerable.Range(0, _coalescer.GroupCount).Single(group => Members(group).Contains(wrong));
                    Assert.Equal([wrong], Members(lonely));
                }
                if (!isV4) continue;
                var header = super.Segments();
                header[2][10] ^= 1;
                Assert.Equal(3, Groups(header));
            }
        }
    }

    [Fact]
    public void A_shorter_packet_and_PSH_end_a_group_and_a_longer_one_begins_another()
    {
        var super = new PlainSuperPacket { Data = new byte[2500], SegmentSize = 1000, Seed = 7 };
        var behind = new PlainSuperPacket { Data = new byte[2000], SegmentSize = 1000, Seed = 7, Sequence = 2500 };
        Assert.Equal([3, 2], Counts([.. super.Segments(), .. behind.Segments()]));
        var pushed = new PlainSuperPacket { Data = new byte[3000], SegmentSize = 1000, Seed = 7, Flags = 0x18 };
        var follows = new PlainSuperPacket { Data = new byte[2000], SegmentSize = 1000, Seed = 7, Sequence = 3000 };
        Assert.Equal([3, 2], Counts([.. pushed.Segments(), .. follows.Segments()]));
        var small = new PlainSuperPacket { Data = new byte[500], SegmentSize = 500, Seed = 7 };
        var longer = new PlainSuperPacket { Data = new byte[2000], SegmentSize = 1000, Seed = 7, Sequence = 500 };
        Assert.Equal([1, 2], Counts([.. small.Segments(), .. longer.Segments()]));
    }

    [Fact]
    public void An_acknowledgement_without_data_is_not_passed_by_data_behind_it()
    {
        var super = new PlainSuperPacket { Data = new byte[4000], SegmentSize = 1000, Seed = 8, DoNotFragment = true };
        var segments = super.Segments();
        var bare = segments[0][..super.Headers];
        BinaryPrimitives.WriteUInt16BigEndian(bare.AsSpan(2), (ushort)bare.Length);
        BinaryPrimitives.WriteUInt32BigEndian(bare.AsSpan(24), 2000);
        Repair(bare, super);
        Assert.Equal([2, 1, 2], Counts([segments[0], segments[1], bare, segments[2], segments[3]]));
        var fragment = TestPackets.V4("10.0.0.1", "10.0.0.2", protocol: 6, fragment: 0x2000, data: new byte[40]);
        Assert.Equal([2, 1, 2], Counts([segments[0], segments[1], fragment, segments[2], segments[3]]));
        var echo = TestPackets.V4("10.0.0.1", "10.0.0.2", protocol: 1, data: new byte[40]);
        Assert.Equal([4, 1], Counts([segments[0], segments[1], echo, segments[2], segments[3]]));
    }

    [Fact]
    public void Groups_keep_within_the_limits_of_a_write()
    {
        var many = new PlainSuperPacket { Data = new byte[1500], SegmentSize = 1, TcpOptions = 0 };
        Assert.Equal([TunCoalescer.MaxParts, 1500 - TunCoalescer.MaxParts], Counts(many.Segments()));
        var datagrams = new PlainSuperPacket { IsTcp = false, Data = new byte[150], SegmentSize = 1 };
        Assert.Equal([64, 64, 22], Counts(datagrams.Segments()));
        foreach (var isV4 in (bool[])[true, false])
        {
            var first = new PlainSuperPacket { IsV4 = isV4, Data = new byte[1448 * 44], SegmentSize = 1448 };
            var second = new PlainSuperPacket { IsV4 = isV4, Data = new byte[1448 * 10], SegmentSize = 1448, Sequence = 1448 * 44 };
            var counts = Counts([.. first.Segments(), .. second.Segments()]);
            Assert.Equal([45, 9], counts);
            Assert.True(_coalescer.Groups[0].Length <= 65_535);
        }
    }

    [Fact]
    public void One_flow_more_than_there_are_slots_displaces_the_oldest()
    {
        var supers = Enumerable.Range(0, TunCoalescer.FlowSlots + 1).Select(seed => new PlainSuperPacket { Data = new byte[2000], SegmentSize = 1000, Seed = seed }).ToList();
        var firsts = supers.Select(super => super.Segments()[0]).ToList();
        Assert.Equal(firsts.Count, Counts([.. firsts, supers[1].Segments()[1]]).Count);
        Assert.Equal(firsts.Count + 1, Counts([.. firsts, supers[0].Segments()[1]]).Count);
    }

    [Fact]
    public void Each_kind_can_be_switched_off()
    {
        var tcp = new PlainSuperPacket { Data = new byte[3000], SegmentSize = 1000 };
        var udp = new PlainSuperPacket { IsTcp = false, Data = new byte[3000], SegmentSize = 1000 };
        Empty();
        tcp.Segments().ForEach(Put);
        udp.Segments().ForEach(Put);
        foreach (var (useTcp, useUdp, groups) in ((bool, bool, int)[])[(true, true, 2), (false, true, 4), (true, false, 4), (false, false, 6)])
        {
            _coalescer.Plan(_batch, useTcp, useUdp);
            Assert.Equal(groups, _coalescer.GroupCount);
        }
    }

    [Fact]
    public void Cutting_and_coalescing_allocate_nothing()
    {
        var super = new PlainSuperPacket { Data = new byte[45 * 1368] };
        var whole = super.Whole();
        long Turn()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            _batch.Clear();
            _batch.Mtu = 1420;
            whole.CopyTo(new Span<byte>(_batch.Memory + PacketBatch.HeaderRoom, whole.Length));
            TunSegmenter.Cut(_batch, PacketBatch.HeaderRoom, whole.Length, super.Header);
            for (var index = 0; index < _batch.Count; index++) _batch.TryAddOutput(_batch.Packets[index].Offset, _batch.Packets[index].Length);
            _coalescer.Plan(_batch, tcp: true, udp: true);
            SuperPacketHeaders.Apply(_coalescer.Head(0), _coalescer.Groups[0]).Restore();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
        // The least of five rounds: where the runtime compiles anew meanwhile, it may allocate something once.
        var least = Enumerable.Range(0, 5).Min(_ => Enumerable.Range(0, 200).Sum(_ => Turn()));
        Assert.Equal(0, least);
        Assert.Equal((1, 45), (_coalescer.GroupCount, _coalescer.Groups[0].Count));
    }

    [Fact]
    public void Packets_of_any_bytes_and_lengths_are_taken()
    {
        var random = new Random(9);
        for (var round = 0; round < 300; round++)
        {
            Empty();
            for (var index = 0; index < 60; index++)
            {
                var packet = new byte[random.Next(0, 120)];
                random.NextBytes(packet);
                if (packet.Length > 0) packet[0] = (byte)(random.Next(3) switch { 0 => 0x45, 1 => 0x60, _ => packet[0] });
                if (packet.Length > 9) packet[random.Next(2) == 0 ? 9 : 6] = (byte)(random.Next(2) == 0 ? 6 : 17);
                Put(packet);
            }
            _coalescer.Plan(_batch, tcp: true, udp: true);
            Assert.Equal(60, Enumerable.Range(0, _coalescer.GroupCount).Sum(group => Members(group).Count));
        }
    }

    private static byte[] Spoil(byte[] packet, Random random)
    {
        packet[random.Next(packet.Length)] ^= (byte)(1 << random.Next(8));
        return packet;
    }

    /// <summary>Version, protocol, addresses and ports of what can be told apart; all else belongs to no flow in particular.</summary>
    private static string FlowOf(byte[] packet)
    {
        if (packet[0] == 0x45 && packet[9] is 6 or 17 && packet.Length >= 24 && (packet[6] & 0xBF) == 0 && packet[7] == 0) return Convert.ToHexString([packet[9], .. packet[12..24]]);
        if (packet[0] >> 4 == 6 && packet[6] is 6 or 17 && packet.Length >= 44) return Convert.ToHexString([packet[6], .. packet[8..44]]);
        return Convert.ToHexString(packet);
    }

    private static bool IsRepaired(int offset, PlainSuperPacket super) =>
        (super.IsV4 && offset is 10 or 11) || offset - super.Transport - super.Header.ChecksumOffset is 0 or 1;

    /// <summary>Gives a packet the checksums that it ought to have.</summary>
    private static void Repair(byte[] packet, PlainSuperPacket super)
    {
        if (super.IsV4)
        {
            packet.AsSpan(10, 2).Clear();
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), TestPackets.Checksum(packet.AsSpan(0, 20)));
        }
        var transport = packet.AsSpan(super.Transport);
        var field = transport.Slice(super.Header.ChecksumOffset, 2);
        field.Clear();
        byte[] pseudo = [.. super.IsV4 ? packet[12..20] : packet[8..40], 0, super.IsTcp ? (byte)6 : (byte)17, (byte)(transport.Length >> 8), (byte)transport.Length];
        BinaryPrimitives.WriteUInt16BigEndian(field, TestPackets.Checksum([.. pseudo, .. transport]));
    }

    private int Groups(List<byte[]> packets) => Counts(packets).Count;

    private List<int> Counts(List<byte[]> packets)
    {
        Empty();
        packets.ForEach(Put);
        _coalescer.Plan(_batch, tcp: true, udp: true);
        return [.. Enumerable.Range(0, _coalescer.GroupCount).Select(group => _coalescer.Groups[group].Count)];
    }

    private void Empty()
    {
        _batch.Clear();
        _offset = PacketBatch.HeaderRoom;
    }

    private void Put(byte[] packet)
    {
        packet.CopyTo(new Span<byte>(_batch.Memory + _offset, packet.Length));
        Assert.True(_batch.TryAddOutput(_offset, packet.Length));
        _offset += packet.Length + 32;
    }

    private byte[] Bytes(int index) => new ReadOnlySpan<byte>(_batch.Memory + _batch.Output[index].Offset, _batch.Output[index].Length).ToArray();

    private List<int> Members(int group)
    {
        var members = new List<int> { _coalescer.Groups[group].First };
        while (members[^1] != _coalescer.Groups[group].Last) members.Add(_coalescer.Next(members[^1]));
        Assert.Equal(_coalescer.Groups[group].Count, members.Count);
        return members;
    }

    private byte[] Gather(int group, out SuperPacketHeaders headers)
    {
        headers = SuperPacketHeaders.Apply(_coalescer.Head(group), _coalescer.Groups[group]);
        var members = Members(group);
        var length = _coalescer.Head(group).Headers;
        return [.. Bytes(members[0]), .. members.Skip(1).SelectMany(index => Bytes(index)[length..])];
    }
}
