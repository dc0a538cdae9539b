using PfsVpn.Noise;
using PfsVpn.Packets;
using PfsVpn.Transport;

namespace PfsVpn.Device;

/// <summary>Seals and sends the packets that waited for a key, and keepalives, which are staged like data.</summary>
/// <remarks>Threading: the control thread.</remarks>
internal sealed unsafe class StagedFlusher(WireGuardDevice device) : IDisposable
{
    private const int MaxPackets = ProtocolConstants.MaxStagedPackets;
    private const int LargestPacket = 65_535;
    private const int Capacity = 512 * 1024;

    private readonly PacketSealer _sealer = new(MaxPackets);
    private readonly PacketBatch _batch = new(Capacity, MaxPackets);

    /// <summary>Sends everything that is staged on the current keypair; false where there is no usable one.</summary>
    public bool TryFlush(Peer peer, in ControlStep step)
    {
        if (peer.Endpoint is not { } endpoint || peer.Keypairs.Current is not { } keypair || !keypair.IsFresh(step.Now)) return false;
        var usable = true;
        while (usable && peer.Staged.Count > 0)
        {
            var data = Fill(peer);
            if (_batch.Count == 0) break;
            var sealedCount = Seal(keypair);
            if (sealedCount < _batch.Count)
            {
                usable = false;
                device.Drops.Add(DropReason.KeypairExpired, _batch.Count - sealedCount);
            }
            if (sealedCount == 0) break;
            PacketSealer.Send(device, peer, endpoint, _batch, 0, step.Sink);
            var signals = PacketSealer.NoteSent(peer, keypair, data, step.Now);
            if (signals != PeerSignal.None) device.Raise(peer, signals);
        }
        _batch.Wipe();
        return usable;
    }

    public void Dispose()
    {
        _sealer.Dispose();
        _batch.Dispose();
    }

    private int Seal(Keypair keypair)
    {
        if (!keypair.TryAcquire()) return 0;
        try
        {
            return _sealer.Seal(keypair, _batch, 0, _batch.Count);
        }
        finally
        {
            keypair.Release();
        }
    }

    private bool Fill(Peer peer)
    {
        _batch.Clear();
        _batch.Mtu = device.Mtu;
        var data = false;
        var offset = PacketBatch.HeaderRoom;
        while (_batch.Count < MaxPackets && offset + LargestPacket + PacketBatch.TailRoom <= Capacity
            && peer.Staged.TryDequeue(new Span<byte>(_batch.Memory + offset, LargestPacket), out var length, out var tos))
        {
            _batch.TryAdd(offset, length, tos: tos);
            data |= length > 0;
            offset = (offset + length + PacketBatch.TailRoom + PacketBatch.HeaderRoom + 15) & ~15;
            _batch.UsedBytes = Math.Max(_batch.UsedBytes, offset);
        }
        return data;
    }
}
