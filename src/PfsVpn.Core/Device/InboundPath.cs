using System.Runtime.InteropServices;
using PfsVpn.Crypto;
using PfsVpn.Noise;
using PfsVpn.Packets;
using PfsVpn.Timers;
using PfsVpn.Transport;

namespace PfsVpn.Device;

/// <summary>The walk of a batch from the wire to the TUN.</summary>
/// <remarks>
/// 1. Classify by the first four bytes and the length. Handshake messages go through <see cref="HandshakeScreen"/> to the control thread.
/// 2. Runs of data for one index: lease the keypair, open in place, end the lease, then the replay window.
/// 3. Endpoint, key confirmation, age and bytes of the key, and activity, once a run.
/// 4. Inner length, inner source, ECN; what passes is appended to <see cref="PacketBatch.Output"/>.
/// Threading: one instance for each pump. Nothing is allocated for a packet, whatever it is.
/// </remarks>
internal sealed unsafe class InboundPath : IDisposable
{
    private readonly WireGuardDevice _device;
    private readonly HandshakeScreen _screen;
    private readonly IPacketOpener _opener;
    private readonly int _capacity;
    private AeadPacket* _run;
    private int* _extents;
    private int _runLength;
    private uint _runIndex;

    /// <summary>Makes the path for runs of at most <paramref name="maxPackets"/> packets, which it has <paramref name="opener"/> open and disposes.</summary>
    public InboundPath(WireGuardDevice device, int maxPackets, IPacketOpener? opener = null)
    {
        _device = device;
        _opener = opener ?? new SoloOpener();
        _screen = new HandshakeScreen(device);
        _capacity = maxPackets;
        _run = (AeadPacket*)NativeMemory.Alloc((nuint)maxPackets, (nuint)sizeof(AeadPacket));
        _extents = (int*)NativeMemory.Alloc((nuint)maxPackets, sizeof(int));
    }

    /// <summary>Takes a batch of datagrams; the inner packets that pass are in <see cref="PacketBatch.Output"/> afterwards.</summary>
    public void Process(PacketBatch batch, MonotonicTime now, IRandomSource random, IDatagramSink sink)
    {
        batch.OutputCount = 0;
        _runLength = 0;
        for (var i = 0; i < batch.Count; i++)
        {
            ref var extent = ref batch.Packets[i];
            var stride = extent.Stride > 0 ? extent.Stride : extent.Length;
            if (extent.Length == 0) _device.Drops.Add(DropReason.WrongLength);
            for (var offset = 0; offset < extent.Length; offset += stride)
                Classify(batch, i, batch.Memory + extent.Offset + offset, Math.Min(stride, extent.Length - offset), now, random, sink);
        }
        FlushRun(batch, now);
    }

    /// <summary>Frees the scratch.</summary>
    public void Dispose()
    {
        _opener.Dispose();
        NativeMemory.Free(_run);
        NativeMemory.Free(_extents);
        _run = null;
        _extents = null;
    }

    private void Classify(PacketBatch batch, int extent, byte* datagram, int length, MonotonicTime now, IRandomSource random, IDatagramSink sink)
    {
        if (length < sizeof(uint))
        {
            _device.Drops.Add(DropReason.WrongLength);
            return;
        }
        var type = (MessageType)datagram[0];
        if (type is < MessageType.Initiation or > MessageType.Data) _device.Drops.Add(DropReason.UnknownType);
        else if ((datagram[1] | datagram[2] | datagram[3]) != 0) _device.Drops.Add(DropReason.ReservedBytes);
        else if (type == MessageType.Data)
        {
            if (length < MessageSizes.DataMinimum) _device.Drops.Add(DropReason.WrongLength);
            else AddToRun(batch, extent, datagram, length, now);
        }
        else if (!MessageCodec.IsWellFormed(new ReadOnlySpan<byte>(datagram, length), type)) _device.Drops.Add(DropReason.WrongLength);
        else _screen.Screen(new ReadOnlySpan<byte>(datagram, length), type, batch.Sources[extent], now, random, sink);
    }

    private void AddToRun(PacketBatch batch, int extent, byte* datagram, int length, MonotonicTime now)
    {
        var header = new ReadOnlySpan<byte>(datagram, MessageSizes.DataHeader);
        var index = MessageCodec.ReadDataReceiver(header);
        if (_runLength > 0 && (index != _runIndex || _runLength == _capacity)) FlushRun(batch, now);
        _runIndex = index;
        _extents[_runLength] = extent;
        _run[_runLength++] = new AeadPacket
        {
            Data = datagram + MessageSizes.DataHeader,
            PlaintextLength = length - MessageSizes.DataMinimum,
            Counter = MessageCodec.ReadDataCounter(header),
        };
    }

    private void FlushRun(PacketBatch batch, MonotonicTime now)
    {
        var count = _runLength;
        _runLength = 0;
        if (count == 0) return;
        if (_device.Indices.Find(_runIndex) is not { Keypair: { } keypair, Peer: { } peer })
        {
            _device.Drops.Add(NoteStray(_runIndex, batch.Sources[_extents[0]], now), count);
            return;
        }
        if (!Open(peer, keypair, count, now)) return;
        var (accepted, bytes, last, data) = CheckCounters(peer, keypair, count);
        if (accepted == 0) return;
        peer.Statistics.AddReceived(bytes, accepted);
        keypair.AddBytes(bytes);
        NoteReceived(peer, keypair, data, batch.Sources[_extents[last]], now);
        Deliver(peer, batch, count);
    }

    /// <summary>
    /// Data whose index is no keypair of ours. Its peer may still hold a key that was erased here or lost in a restart: the control thread is told, and decides. Cheap,
    /// and nothing is allocated: anybody can send such data.
    /// </summary>
    private DropReason NoteStray(uint index, in DatagramSource source, MonotonicTime now)
    {
        if (_device.Sessions.Tombstones.Find(index, now) is { } peer)
        {
            if (now >= peer.QuietUntil && peer.Keypairs.Current is null) _device.Raise(peer, PeerSignal.ErasedKeypair);
            return DropReason.ErasedKeypair;
        }
        if (_device.IsUp && _device.RestartHints.Offer(source.Remote, now)) _device.RequestControl();
        return DropReason.UnknownIndex;
    }

    private bool Open(Peer peer, Keypair keypair, int count, MonotonicTime now)
    {
        var mayOpen = keypair.MayOpen(now);
        if (!mayOpen || !keypair.TryAcquire())
        {
            _device.Drops.Add(DropReason.KeypairExpired, count);
            if (!mayOpen && !keypair.IsDead) _device.Raise(peer, PeerSignal.KeyOver);
            return false;
        }
        int authentic;
        try
        {
            authentic = _opener.Open(keypair.ReceiveKey, _run, count);
        }
        finally
        {
            keypair.Release();
        }
        if (authentic < count) _device.Drops.Add(DropReason.Authentication, count - authentic);
        return authentic > 0;
    }

    private (int Accepted, long Bytes, int Last, bool Data) CheckCounters(Peer peer, Keypair keypair, int count)
    {
        var run = new Span<AeadPacket>(_run, count);
        if (RefuseUsedUpCounters(run))
        {
            keypair.NoteReceiveUsedUp();
            _device.Raise(peer, PeerSignal.KeyOver);
        }
        var authentic = 0;
        foreach (ref readonly var packet in run) authentic += packet.Authentic;
        var accepted = keypair.Replay.TryAcceptBatch(run);
        if (accepted < authentic) _device.Drops.Add(DropReason.ReplayedCounter, authentic - accepted);
        var (bytes, last, longest) = (0L, 0, 0);
        for (var i = 0; i < count; i++)
        {
            if (run[i].Authentic == 0) continue;
            bytes += run[i].PlaintextLength + MessageSizes.DataMinimum;
            longest |= run[i].PlaintextLength;
            last = i;
        }
        return (accepted, bytes, last, longest > 0);
    }

    /// <summary>
    /// A counter of REJECT_AFTER_MESSAGES or more is past the end of its keypair, authentic as the packet may be. True where the last counter, or one past it, is among them.
    /// </summary>
    private bool RefuseUsedUpCounters(Span<AeadPacket> run)
    {
        var isUsedUp = false;
        foreach (ref var packet in run)
        {
            if (packet.Authentic == 0 || packet.Counter < ProtocolConstants.RejectAfterMessages - 1) continue;
            isUsedUp = true;
            if (packet.Counter < ProtocolConstants.RejectAfterMessages) continue;
            packet.Authentic = 0;
            _device.Drops.Add(DropReason.KeypairExpired);
        }
        return isUsedUp;
    }

    private void NoteReceived(Peer peer, Keypair keypair, bool data, in DatagramSource source, MonotonicTime now)
    {
        var signals = PeerSignal.None;
        peer.Roam(source.Remote, source.Local);
        if (keypair.NoteAuthenticated(now)) signals |= PeerSignal.Authenticated;
        if (!peer.LastMinuteHandshakeAsked && peer.Keypairs.Current is { } current && current.WantsRekeyOnReceive(now) && now >= peer.QuietUntil)
        {
            peer.LastMinuteHandshakeAsked = true;
            signals |= PeerSignal.LastMinute;
        }
        peer.Activity.AnyReceived(now);
        if (data && peer.Activity.DataReceived(now)) signals |= PeerSignal.OweKeepalive;
        if (signals != PeerSignal.None) _device.Raise(peer, signals);
    }

    private void Deliver(Peer peer, PacketBatch batch, int count)
    {
        // Packets in a row mostly have one source: it is looked up once.
        IpAddress source = default;
        var isAllowed = false;
        for (var i = 0; i < count; i++)
        {
            ref var packet = ref _run[i];
            if (packet.Authentic == 0 || packet.PlaintextLength == 0) continue;
            var inner = new Span<byte>(packet.Data, packet.PlaintextLength);
            if (!IpHeader.TryRead(inner, out var header))
            {
                _device.Drops.Add(DropReason.MalformedInner);
                continue;
            }
            if (!header.Source.Equals(source))
            {
                source = header.Source;
                isAllowed = ReferenceEquals(_device.AllowedIps.Find(source), peer);
            }
            if (header.TotalLength > packet.PlaintextLength) _device.Drops.Add(DropReason.InnerLength);
            else if (!isAllowed) _device.Drops.Add(DropReason.ForbiddenSource);
            else if (!Ecn.TryDecapsulate(batch.Packets[_extents[i]].Tos, inner[..header.TotalLength])) _device.Drops.Add(DropReason.MalformedInner);
            else if (!batch.TryAddOutput((int)(packet.Data - batch.Memory), header.TotalLength)) _device.Drops.Add(DropReason.TunWriteFailed);
        }
    }
}
