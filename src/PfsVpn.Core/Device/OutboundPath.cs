using PfsVpn.Packets;
using PfsVpn.Timers;

namespace PfsVpn.Device;

/// <summary>The walk of a batch from the TUN to the wire.</summary>
/// <remarks>
/// 1. Each packet's destination is looked up in AllowedIps, once for a super-packet and for packets in a row to one address. No peer: an ICMP unreachable
///    back into the TUN.
/// 2. Runs of packets to one peer: lease the current keypair, reserve counters, seal in place, end the lease.
/// 3. Without a key, or behind packets that already wait: stage copies, ask the control thread.
/// 4. Send the run, note the activity.
/// Threading: one instance for each pump. Nothing is allocated for a packet.
/// </remarks>
internal sealed unsafe class OutboundPath : IDisposable
{
    private const int ReplyCapacity = 2048;

    private readonly WireGuardDevice _device;
    private readonly PacketSealer _sealer;
    private readonly PacketBatch _reply = new(ReplyCapacity, 1);

    /// <summary>Makes the path for batches of at most <paramref name="maxPackets"/> packets.</summary>
    public OutboundPath(WireGuardDevice device, int maxPackets)
    {
        _device = device;
        _sealer = new PacketSealer(maxPackets);
    }

    /// <summary>Takes a batch of inner packets to the wire. The batch is left with ciphertext, or plaintext that the pump wipes.</summary>
    public void Process(PacketBatch batch, MonotonicTime now, IDatagramSink sink, IPacketSink tun)
    {
        batch.OutputCount = 0;
        if (!_device.IsUp)
        {
            _device.Drops.Add(DropReason.InterfaceDown, batch.Count);
            return;
        }
        IpAddress destination = default;
        var peer = batch.Count > 0 ? FindPeer(batch, 0, null, ref destination, now, tun) : null;
        for (var first = 0; first < batch.Count;)
        {
            var end = first + 1;
            Peer? next = null;
            while (end < batch.Count && ReferenceEquals(next = FindPeer(batch, end, peer, ref destination, now, tun), peer)) end++;
            if (peer is not null) ProcessRun(peer, batch, first, end - first, now, sink, tun);
            (first, peer) = (end, next);
        }
    }

    /// <summary>Frees the scratch.</summary>
    public void Dispose()
    {
        _sealer.Dispose();
        _reply.Dispose();
    }

    /// <summary>The peer of a packet, or null where the packet is refused; <paramref name="previous"/> is the one of the packet before, to <paramref name="destination"/>.</summary>
    private Peer? FindPeer(PacketBatch batch, int index, Peer? previous, ref IpAddress destination, MonotonicTime now, IPacketSink tun)
    {
        ref var extent = ref batch.Packets[index];
        if (extent.ContinuesFlow != 0 && index > 0)
        {
            extent.Tos = batch.Packets[index - 1].Tos;
            if (previous is null) _device.Drops.Add(destination.Family == 0 ? DropReason.MalformedOutbound : DropReason.NoPeer);
            return previous;
        }
        var packet = batch.Packet(index);
        if (!IpHeader.TryRead(packet, out var header))
        {
            destination = default;
            _device.Drops.Add(DropReason.MalformedOutbound);
            return null;
        }
        extent.Tos = Ecn.OuterTos(packet);
        if (previous is not null && header.Destination.Equals(destination)) return previous;
        destination = header.Destination;
        var peer = _device.AllowedIps.Find(destination);
        if (peer is null) Refuse(packet, DropReason.NoPeer, now, tun);
        return peer;
    }

    private void ProcessRun(Peer peer, PacketBatch batch, int first, int count, MonotonicTime now, IDatagramSink sink, IPacketSink tun)
    {
        if (peer.Endpoint is not { } endpoint)
        {
            var mayTell = false;
            for (var i = first; i < first + count; i++) mayTell |= Refuse(batch.Packet(i), DropReason.NoEndpoint, now, tun);
            if (mayTell) _device.Raise(peer, PeerSignal.NoEndpoint);
            return;
        }
        var sealedCount = 0;
        var keypair = peer.Keypairs.Current;
        var isFresh = keypair is not null && keypair.IsFresh(now);
        if (isFresh && peer.Staged.Count == 0 && keypair!.TryAcquire())
        {
            var firstOutput = batch.OutputCount;
            try
            {
                sealedCount = _sealer.Seal(keypair, batch, first, count);
            }
            finally
            {
                keypair.Release();
            }
            PacketSealer.Send(_device, peer, endpoint, batch, firstOutput, sink);
            var signals = PacketSealer.NoteSent(peer, keypair, data: true, now);
            if (signals != PeerSignal.None) _device.Raise(peer, signals);
        }
        else if (!isFresh && keypair is { IsDead: false })
        {
            _device.Raise(peer, PeerSignal.KeyOver);
        }
        if (sealedCount < count) Stage(peer, batch, first + sealedCount, count - sealedCount, now);
    }

    private void Stage(Peer peer, PacketBatch batch, int first, int count, MonotonicTime now)
    {
        for (var i = first; i < first + count; i++)
        {
            var dropped = peer.Staged.Enqueue(batch.Packet(i), batch.Packets[i].Tos);
            if (dropped > 0) _device.Drops.Add(DropReason.StagedOverflow, dropped);
        }
        peer.Activity.Staged(now);
        // Whoever removes the peer, takes the interface down or lets the device rest sets the flag first and clears afterwards: one of the two sees the packets.
        if (peer.IsRemoved || !_device.IsUp || _device.Sessions.IsResting(now)) _device.Drops.Add(DropReason.StagedAbandoned, peer.Staged.Clear());
        else if (!peer.IsHandshakePending) _device.Raise(peer, PeerSignal.KeyNeeded);
    }

    /// <summary>Drops a packet and tells its sender; false where the limit of such answers is reached.</summary>
    private bool Refuse(ReadOnlySpan<byte> packet, DropReason reason, MonotonicTime now, IPacketSink tun)
    {
        _device.Drops.Add(reason);
        if (!_device.Unreachables.TryTake(now)) return false;
        _reply.Clear();
        var length = IcmpUnreachable.TryBuild(packet, new Span<byte>(_reply.Memory + PacketBatch.HeaderRoom, ReplyCapacity - PacketBatch.HeaderRoom));
        if (length == 0) return true;
        _reply.UsedBytes = PacketBatch.HeaderRoom + length;
        _reply.TryAddOutput(PacketBatch.HeaderRoom, length);
        tun.Write(_reply);
        _reply.Wipe();
        return true;
    }
}
