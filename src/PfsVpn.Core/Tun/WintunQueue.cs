using System.Diagnostics;
using PfsVpn.Crypto;
using PfsVpn.Interop.Windows;
using PfsVpn.Packets;

namespace PfsVpn.Tun;

/// <summary>The one queue of a Wintun adapter: packets are taken out of the ring that the driver fills.</summary>
/// <remarks>
/// Copies: one, from the ring to where the packet becomes a transport message. It cannot be saved: in the ring packets touch but for four bytes, where header, padding and tag
/// need up to 47 around each; the memory is the driver's too, which must not see a message half made; and a place in the ring is to be given back soon.
/// Secrecy: the copy in the ring is zeroed before its place is given back, so that no plaintext stays behind in memory that is overwritten only when the ring has gone round.
/// Sizes: a batch for <see cref="Read"/> needs <see cref="WintunDevice.RoomForOnePacket"/> bytes more than the packets it is meant to gather.
/// Threading: as <see cref="ITunQueue"/> says.
/// </remarks>
internal sealed unsafe class WintunQueue(WintunDevice device, WintunSpin spin) : ITunQueue
{
    /// <summary>Packets of one batch: as many full ones as one segmented datagram of 64 KiB takes.</summary>
    private const int MaxReads = 45;

    /// <summary>Instructions of pause between two looks at the ring, in the unit of <see cref="Thread.SpinWait"/>.</summary>
    private const int PauseIterations = 20;

    /// <summary>What the wait found in the ring and the next read takes; null for nothing.</summary>
    private byte* _held;
    private int _heldLength;

    /// <summary>Why the latest wait found the end; null where the adapter is going away.</summary>
    private string? _failure;

    /// <inheritdoc/>
    public bool IsDrained { get; private set; }

    /// <inheritdoc/>
    public int MalformedCount { get; private set; }

    /// <inheritdoc/>
    public int Read(PacketBatch batch)
    {
        MalformedCount = 0;
        IsDrained = true;
        if (device.IsGone || !device.TryEnter(out var session)) return -1;
        batch.Mtu = device.Mtu;
        var error = Gather(session, batch);
        device.Leave();
        if (batch.Count > 0 || !MeansGone(error)) return batch.Count;
        device.NoteGone(FailureOf(error));
        return -1;
    }

    /// <inheritdoc/>
    public WaitResult Wait(int milliseconds)
    {
        if (device.IsGone || !device.TryEnter(out var session)) return WaitResult.Closed;
        var result = WaitInside(session, milliseconds);
        device.Leave();
        if (result == WaitResult.Closed) device.NoteGone(_failure);
        return result;
    }

    /// <inheritdoc/>
    public void Interrupt() => device.Interrupt();

    /// <summary>
    /// Whether an error says that there will be no more packets: the adapter is going away (ERROR_HANDLE_EOF), its ring is broken (ERROR_INVALID_DATA), or something that the library
    /// does not know of. An empty and a full ring pass.
    /// </summary>
    public static bool MeansGone(int error) => error is not (0 or Wintun.ERROR_NO_MORE_ITEMS or Wintun.ERROR_BUFFER_OVERFLOW);

    /// <summary>What to say of an error that <see cref="MeansGone"/>; null where the adapter is going away.</summary>
    public static string? FailureOf(int error) => error switch
    {
        Wintun.ERROR_HANDLE_EOF => null,
        Wintun.ERROR_INVALID_DATA => "its ring is corrupt",
        _ => $"error {error}",
    };

    /// <summary>Takes packets until there are no more, or the batch is full. Returns the error that ended it, or 0.</summary>
    private int Gather(IWintunSession session, PacketBatch batch)
    {
        var offset = PacketBatch.HeaderRoom;
        for (var reads = 0; reads < MaxReads && HasRoom(batch, offset); reads++)
        {
            var error = Take(session, out var packet, out var length);
            if (error != 0) return error;
            if (length is <= 0 or > WintunDevice.MaxPacketLength)
            {
                MalformedCount++;
            }
            else
            {
                Buffer.MemoryCopy(packet, batch.Memory + offset, length, length);
                SecretMemory.Zero(packet, (nuint)length);
                batch.UsedBytes = Math.Max(batch.UsedBytes, offset + length + PacketBatch.TailRoom);
                _ = batch.TryAdd(offset, length);
                offset = WireLayout.Next(offset, length, batch.Mtu);
            }
            session.Release(packet);
        }
        IsDrained = false;
        return 0;
    }

    private int Take(IWintunSession session, out byte* packet, out int length)
    {
        if (_held == null) return session.Receive(out packet, out length);
        packet = _held;
        length = _heldLength;
        _held = null;
        return 0;
    }

    private static bool HasRoom(PacketBatch batch, int offset) =>
        batch.Count < batch.MaxPackets && batch.CapacityInBytes - offset >= WintunDevice.MaxPacketLength + PacketBatch.TailRoom;

    /// <summary>Looks, spins, sleeps. The ring is looked at after every waking: the event says that a packet came since the last wait, not that there is one.</summary>
    private WaitResult WaitInside(IWintunSession session, int milliseconds)
    {
        if (Look(session) is { } now) return now;
        var start = Stopwatch.GetTimestamp();
        if (Spin(session, start) is { } soon) return soon;
        for (var left = milliseconds; ;)
        {
            var woken = session.Wait(left);
            if (device.IsClosed) return WaitResult.Closed;
            if (woken == WaitResult.Closed) _failure = "its event cannot be waited for";
            if (woken != WaitResult.Readable) return woken;
            if (Look(session) is { } found)
            {
                spin.NoteWait(Stopwatch.GetTimestamp() - start);
                return found;
            }
            if (milliseconds >= 0) left = (int)Math.Max(0, milliseconds - (long)Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
    }

    private WaitResult? Spin(IWintunSession session, long start)
    {
        var budget = spin.Budget;
        while (Stopwatch.GetTimestamp() - start is var spent && spent < budget)
        {
            Thread.SpinWait(PauseIterations);
            if (Look(session) is not { } found) continue;
            spin.NoteWait(spent);
            return found;
        }
        return null;
    }

    /// <summary>Looks into the ring, which takes the packet out of it; null where it is empty.</summary>
    private WaitResult? Look(IWintunSession session)
    {
        if (_held != null) return WaitResult.Readable;
        var error = session.Receive(out _held, out _heldLength);
        if (error == 0) return WaitResult.Readable;
        _held = null;
        if (!MeansGone(error)) return null;
        _failure = FailureOf(error);
        return WaitResult.Closed;
    }
}
