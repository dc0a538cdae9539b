using System.Runtime.InteropServices;
using PfsVpn.Crypto;
using PfsVpn.Noise;
using PfsVpn.Packets;
using PfsVpn.Timers;
using PfsVpn.Transport;
using PfsVpn.Udp;

namespace PfsVpn.Device;

/// <summary>Turns inner packets of one peer into transport messages in place, and sends them.</summary>
/// <remarks>
/// References: WireGuard paper §5.4.6. Layout: the header goes into the 16 bytes before the packet, padding and tag behind it.
/// Threading: one instance for each thread that seals.
/// </remarks>
internal sealed unsafe class PacketSealer : IDisposable
{
    private readonly TransportAead _aead = new();
    private readonly int _capacity;
    private AeadPacket* _packets;

    /// <summary>Makes room for runs of <paramref name="maxPackets"/> packets.</summary>
    public PacketSealer(int maxPackets)
    {
        _capacity = maxPackets;
        _packets = (AeadPacket*)NativeMemory.Alloc((nuint)maxPackets, (nuint)sizeof(AeadPacket));
    }

    /// <summary>
    /// Seals packets <paramref name="first"/> to first + count - 1 of the batch under <paramref name="keypair"/>, which the caller has leased, and appends
    /// the messages to <see cref="PacketBatch.Output"/>. Returns how many were sealed: fewer only at REJECT_AFTER_MESSAGES.
    /// </summary>
    public int Seal(Keypair keypair, PacketBatch batch, int first, int count)
    {
        var granted = keypair.ReserveCounters(Math.Min(count, _capacity), out var counter);
        var bytes = 0L;
        for (var i = 0; i < granted; i++)
        {
            ref var extent = ref batch.Packets[first + i];
            var text = batch.Memory + extent.Offset;
            var padding = WireLayout.PaddingFor(extent.Length, batch.Mtu);
            new Span<byte>(text + extent.Length, padding).Clear();
            var padded = extent.Length + padding;
            MessageCodec.WriteDataHeader(new Span<byte>(text - MessageSizes.DataHeader, MessageSizes.DataHeader), keypair.RemoteIndex, counter + (ulong)i);
            bytes += MessageSizes.DataMinimum + padded;
            _packets[i] = new AeadPacket { Data = text, PlaintextLength = padded, Counter = counter + (ulong)i };
            batch.TryAddOutput(extent.Offset - MessageSizes.DataHeader, MessageSizes.DataHeader + padded + TransportAead.TagSizeInBytes, extent.Tos);
        }
        if (granted == 0) return 0;
        _aead.Seal(keypair.SendKey, _packets, granted);
        keypair.AddBytes(bytes);
        return granted;
    }

    /// <summary>Sends the outputs from <paramref name="firstOutput"/> on, which are all for one peer, and counts them.</summary>
    public static void Send(WireGuardDevice device, Peer peer, Endpoint endpoint, PacketBatch batch, int firstOutput, IDatagramSink sink)
    {
        var count = batch.OutputCount - firstOutput;
        if (count == 0) return;
        long bytes = 0;
        for (var i = firstOutput; i < batch.OutputCount; i++) bytes += batch.Output[i].Length;
        var result = sink.Send(batch, firstOutput, count, endpoint);
        switch (result)
        {
            case UdpSendResult.SentWithoutSource:
                peer.ForgetSource(endpoint);
                break;
            case UdpSendResult.NoRoute or UdpSendResult.Failed:
                device.Drops.Add(DropReason.SendFailed, count);
                peer.HandshakeRecord?.NoteSendFailure(result == UdpSendResult.NoRoute, sink.LastErrno, device.Ledger.Now);
                return;
            default:
                break;
        }
        peer.Statistics.AddSent(bytes, count);
    }

    /// <summary>Notes that packets were sent on <paramref name="keypair"/> and returns what the control thread must know.</summary>
    public static PeerSignal NoteSent(Peer peer, Keypair keypair, bool data, MonotonicTime now)
    {
        var signals = PeerSignal.None;
        peer.Activity.AnySent(now);
        if (data && peer.Activity.DataSent(now)) signals |= PeerSignal.ExpectAnswer;
        if (keypair.WantsRekeyOnSend(now) && now >= peer.QuietUntil) signals |= PeerSignal.KeyNeeded;
        if (keypair.IsSendUsedUp) signals |= PeerSignal.KeyOver;
        return signals;
    }

    /// <summary>Frees the scratch.</summary>
    public void Dispose()
    {
        _aead.Dispose();
        NativeMemory.Free(_packets);
        _packets = null;
    }
}
