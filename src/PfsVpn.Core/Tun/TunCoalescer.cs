using PfsVpn.Packets;

namespace PfsVpn.Tun;

/// <summary>Finds out which packets of a batch can go into the TUN as one super-packet: generic receive offload in software, without copying.</summary>
/// <remarks>
/// Joined are packets of one flow that the kernel, cutting the super-packet again, would make anew exactly as they are: same headers but for lengths, checksums, ids that count up, sequence
/// numbers that follow each other, and PSH on the last; sizes equal but for a shorter last one. The kernel trusts a super-packet's checksum, so each packet's own is
/// checked before it is joined.
/// Order: groups stand in the order of their first packets, and nothing is joined to a group once a packet of its flow stands behind it. So packets of a flow keep their order, and what
/// belongs to no flow is never moved behind what came after it.
/// Flow table: <see cref="FlowSlots"/> flows at once; one more displaces the oldest, whose group ends there.
/// Sizes: a group has at most <see cref="MaxParts"/> packets (UDP: <see cref="MaxDatagrams"/>) and 65,535 bytes.
/// References: linux/net/ipv4/tcp_offload.c, tcp_gro_receive; udp_offload.c. Threading: one thread. Allocates only where a batch is larger than any before.
/// </remarks>
internal sealed unsafe class TunCoalescer
{
    /// <summary>Packets of a group, at most: what a gathering write takes.</summary>
    public const int MaxParts = Interop.Libc.UIO_MAXIOV;

    /// <summary>Datagrams of a group, at most: older kernels refuse more, newer ones take 128.</summary>
    public const int MaxDatagrams = 64;

    /// <summary>Flows that are looked for.</summary>
    public const int FlowSlots = 16;

    private const int MaxLength = 65_535;

    private readonly int[] _slots = new int[FlowSlots];
    private FlowPacket[] _heads = [];
    private PacketGroup[] _groups = [];
    private int[] _next = [];
    private int _slotCount;
    private int _oldestSlot;
    private int _lastSlot;

    /// <summary>The groups that <see cref="Plan"/> made.</summary>
    public ReadOnlySpan<PacketGroup> Groups => _groups.AsSpan(0, GroupCount);

    /// <summary>How many there are.</summary>
    public int GroupCount { get; private set; }

    /// <summary>Index of the packet behind packet <paramref name="index"/> in its group.</summary>
    public int Next(int index) => _next[index];

    /// <summary>The first packet of a group with more than one.</summary>
    public ref readonly FlowPacket Head(int group) => ref _heads[group];

    /// <summary>Groups the packets in <see cref="PacketBatch.Output"/>. Changes nothing in them.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="tcp">Whether TCP may be coalesced.</param>
    /// <param name="udp">Whether UDP may be.</param>
    public void Plan(PacketBatch batch, bool tcp, bool udp)
    {
        EnsureCapacity(batch.MaxOutputs);
        GroupCount = 0;
        _slotCount = 0;
        _oldestSlot = 0;
        _lastSlot = 0;
        for (var index = 0; index < batch.OutputCount; index++)
        {
            ref var extent = ref batch.Output[index];
            if (TryJoinLatest(index, batch.Memory + extent.Offset, extent.Length)) continue;
            var packet = FlowPacket.Read(batch.Memory + extent.Offset, extent.Length);
            if (packet.Kind >= FlowPacketKind.Bare) Place(index, packet, packet.Kind == FlowPacketKind.Data && (packet.IsTcp ? tcp : udp));
            else
            {
                if (packet.Kind == FlowPacketKind.Entangled) _slotCount = 0;
                Open(index, packet, isClosed: true);
            }
        }
    }

    private void Place(int index, in FlowPacket packet, bool mayJoin)
    {
        var slot = FindSlot(packet);
        if (slot >= 0 && TryJoin(_slots[slot], index, packet, mayJoin)) return;
        var group = Open(index, packet, isClosed: !mayJoin || (packet.IsTcp && packet.IsPush));
        if (slot < 0 && _groups[group].IsClosed) return;
        if (slot < 0) slot = TakeSlot();
        _slots[slot] = group;
        _lastSlot = slot;
    }

    /// <summary>What most packets are: the next one of the flow that the packet before belonged to.</summary>
    private bool TryJoinLatest(int index, byte* packet, int length)
    {
        if (_slotCount == 0) return false;
        var latest = _slots[_lastSlot];
        return !_groups[latest].IsClosed && _heads[latest].TryTakeAlike(packet, length, out var next) && TryAppend(latest, index, next);
    }

    private bool TryJoin(int group, int index, in FlowPacket packet, bool mayJoin) =>
        mayJoin && !_groups[group].IsClosed && _heads[group].MayBeFollowedBy(packet) && TryAppend(group, index, packet);

    /// <summary>Joins a packet whose headers allow it, where its id, sequence number, size and checksums do too.</summary>
    private bool TryAppend(int groupIndex, int index, in FlowPacket packet)
    {
        ref var group = ref _groups[groupIndex];
        ref readonly var head = ref _heads[groupIndex];
        var size = head.Data;
        if (packet.Data > size || group.Length + packet.Data > MaxLength || group.Count == (packet.IsTcp ? MaxParts : MaxDatagrams)) return false;
        if (packet.IsTcp && packet.Sequence != group.NextSequence) return false;
        if (!head.HasIdBefore(packet, group.Count)) return false;
        if (!group.IsFirstChecked)
        {
            if (!head.HasRightChecksums()) return false;
            group.IsFirstChecked = true;
        }
        if (!packet.HasRightChecksums()) return false;

        _next[group.Last] = index;
        group.Last = index;
        group.Count++;
        group.Length += packet.Data;
        group.NextSequence += (uint)packet.Data;
        group.IsPush = packet.IsTcp && packet.IsPush;
        group.IsClosed = packet.Data < size || group.IsPush;
        return true;
    }

    private int Open(int index, in FlowPacket packet, bool isClosed)
    {
        var group = GroupCount++;
        _heads[group] = packet;
        _groups[group] = new PacketGroup
        {
            First = index,
            Last = index,
            Count = 1,
            Length = packet.Length,
            NextSequence = packet.IsTcp ? packet.Sequence + (uint)packet.Data : 0,
            FlowHash = packet.FlowHash,
            IsClosed = isClosed,
        };
        return group;
    }

    private int FindSlot(in FlowPacket packet)
    {
        if (_slotCount > 0 && _heads[_slots[_lastSlot]].IsSameFlowAs(packet)) return _lastSlot;
        for (var slot = 0; slot < _slotCount; slot++)
        {
            if (!_heads[_slots[slot]].IsSameFlowAs(packet)) continue;
            _lastSlot = slot;
            return slot;
        }
        return -1;
    }

    private int TakeSlot()
    {
        if (_slotCount < FlowSlots) return _slotCount++;
        var slot = _oldestSlot;
        _oldestSlot = (_oldestSlot + 1) % FlowSlots;
        return slot;
    }

    private void EnsureCapacity(int packets)
    {
        if (_next.Length >= packets) return;
        _next = new int[packets];
        _groups = new PacketGroup[packets];
        _heads = new FlowPacket[packets];
    }
}
