using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using PfsVpn.Interop;
using PfsVpn.Packets;

namespace PfsVpn.Tun;

/// <summary>One descriptor of a TUN: what the system sends is read here, and writers borrow it.</summary>
/// <remarks>
/// Sizes: a batch for <see cref="Read"/> needs <see cref="LinuxTunDevice.RoomForOnePacket"/> bytes more than the packets it is meant to gather, as the kernel
/// truncates a packet that is longer than the buffer and the MTU may be raised to 65,535 while the device runs; for super-packets cut into small segments more.
/// Threading: as <see cref="ITunQueue"/> says; what writers use, from any thread.
/// </remarks>
internal sealed unsafe class LinuxTunQueue : ITunQueue, IDisposable
{
    /// <summary>Packets read for one batch, super-packets counted as one.</summary>
    private const int MaxReads = 32;

    /// <summary>A packet longer than this is worth a batch of its own: what has been read is sent before more is asked for.</summary>
    private const int LargePacket = 8 * 1024;

    /// <summary>Of so many drains in a row that are taken to be over after one packet, one is made to the end.</summary>
    private const int CheckEvery = 8;

    private readonly LinuxTunDevice _device;
    private readonly bool _hasHeaders;
    private readonly UseGate _gate = new();
    private readonly WakeEvent _interrupt = new();
    private readonly int _descriptor;
    private int _taken;
    private int _lonelyDrains;

    public LinuxTunQueue(LinuxTunDevice device, int descriptor, bool hasHeaders)
    {
        _device = device;
        _descriptor = descriptor;
        _hasHeaders = hasHeaders;
    }

    /// <inheritdoc/>
    public bool IsDrained { get; private set; }

    /// <inheritdoc/>
    public int MalformedCount { get; private set; }

    /// <inheritdoc/>
    public int Read(PacketBatch batch)
    {
        MalformedCount = 0;
        IsDrained = true;
        if (_device.IsGone || !_gate.TryEnter()) return -1;
        batch.Mtu = _device.Mtu;
        var errno = Gather(batch);
        Leave();
        if (batch.Count > 0 || !MeansGone(errno)) return batch.Count;
        NoteGone();
        return -1;
    }

    /// <inheritdoc/>
    public WaitResult Wait(int milliseconds)
    {
        if (_device.IsGone || !_gate.TryEnter()) return WaitResult.Closed;
        var result = WaitInside(milliseconds);
        Leave();
        if (result == WaitResult.Closed) NoteGone();
        return result;
    }

    /// <inheritdoc/>
    public void Interrupt() => _interrupt.Set();

    /// <summary>Whether an errno says that the interface exists no more.</summary>
    public static bool MeansGone(int errno) => errno is Libc.EBADFD or Libc.EBADF;

    /// <summary>Keeps the descriptor open until <see cref="Leave"/>; false where it is closed.</summary>
    public bool TryEnter(out int descriptor)
    {
        descriptor = _descriptor;
        return _gate.TryEnter();
    }

    /// <summary>Ends what <see cref="TryEnter"/> began.</summary>
    public void Leave()
    {
        if (_gate.Exit()) Release();
    }

    /// <summary>Tells the device that the interface exists no more, unless it is this end that was closed.</summary>
    public void NoteGone()
    {
        if (!_gate.IsClosed) _device.NoteGone();
    }

    /// <summary>Closes the descriptor. A running Wait returns Closed first.</summary>
    public void Dispose()
    {
        var last = _gate.Close();
        _interrupt.Set();
        if (last) Release();
    }

    /// <summary>Reads packets until there are no more, or one was large. Returns the errno that ended it, or 0.</summary>
    private int Gather(PacketBatch batch)
    {
        var offset = PacketBatch.HeaderRoom;
        for (var reads = 0; reads < MaxReads && HasRoom(batch, offset);)
        {
            var length = ReadPacket(batch.Memory + offset, out var header, out var errno);
            if (length < 0) return EndDrain(errno);
            reads++;
            if (length == 0) continue;
            batch.UsedBytes = Math.Max(batch.UsedBytes, offset + length + PacketBatch.TailRoom);
            offset = Place(batch, offset, length, header);
            if (NoteTaken(length)) return 0;
        }
        IsDrained = false;
        return 0;
    }

    /// <summary>Finishes or cuts what was read at <paramref name="offset"/>; returns where the next packet goes.</summary>
    private int Place(PacketBatch batch, int offset, int length, in VirtioNetHeader header)
    {
        if (header.GsoType == VirtioNetHeader.GsoNone)
        {
            if (TunSegmenter.TryFinishChecksum(batch.Memory + offset, length, header) && batch.TryAdd(offset, length)) return WireLayout.Next(offset, length, batch.Mtu);
        }
        else if (TunSegmenter.Cut(batch, offset, length, header) is > 0 and var next)
        {
            return next;
        }
        MalformedCount++;
        return offset;
    }

    /// <summary>
    /// Counts a packet of this drain; true where the batch ends with it. That it ends is certain after a large packet, and only a guess after a small one where the drain before had
    /// just that one: then <see cref="Wait"/> says whether there is more, which it is asked anyway, and a read that finds nothing is saved. A guess is checked now and then.
    /// </summary>
    private bool NoteTaken(int length)
    {
        _taken++;
        if (length > LargePacket)
        {
            IsDrained = false;
            return true;
        }
        if (_taken > 1 || _lonelyDrains == 0 || _lonelyDrains % CheckEvery == 0) return false;
        _lonelyDrains++;
        _taken = 0;
        return true;
    }

    private int EndDrain(int errno)
    {
        if (_taken > 0) _lonelyDrains = _taken == 1 ? 1 : 0;
        _taken = 0;
        return errno;
    }

    /// <summary>Reads a packet into its place, and its header, where there are headers, into the room before, from where it is taken at once. Returns the packet's bytes, negative where there is none.</summary>
    private int ReadPacket(byte* packet, out VirtioNetHeader header, out int errno)
    {
        errno = 0;
        header = default;
        var before = _hasHeaders ? VirtioNetHeader.LengthInBytes : 0;
        while (true)
        {
            var length = (int)Libc.read(_descriptor, packet - before, (nuint)(before + LinuxTunDevice.MaxPacketLength));
            if (length >= before)
            {
                if (_hasHeaders) header = Unsafe.ReadUnaligned<VirtioNetHeader>(packet - before);
                return length - before;
            }
            if (length >= 0) return 0;
            errno = Marshal.GetLastPInvokeError();
            if (errno != Libc.EINTR) return -1;
        }
    }

    private static bool HasRoom(PacketBatch batch, int offset) =>
        batch.Count < batch.MaxPackets && batch.CapacityInBytes - offset >= LinuxTunDevice.MaxPacketLength + PacketBatch.TailRoom;

    private WaitResult WaitInside(int milliseconds)
    {
        var waits = stackalloc Libc.pollfd[2];
        waits[0] = new Libc.pollfd { fd = _descriptor, events = Libc.POLLIN };
        waits[1] = new Libc.pollfd { fd = _interrupt.Descriptor, events = Libc.POLLIN };
        while (!_gate.IsClosed)
        {
            // The only error is EINTR: the arguments are right, and the kernel keeps memory for two descriptors on its stack.
            var ready = Libc.poll(waits, 2, milliseconds);
            if (ready < 0) continue;
            if (ready == 0) return WaitResult.TimedOut;
            if (waits[1].revents != 0)
            {
                if (_gate.IsClosed) break;
                _interrupt.Drain();
                return WaitResult.Interrupted;
            }
            if ((waits[0].revents & (Libc.POLLERR | Libc.POLLHUP | Libc.POLLNVAL)) != 0) break;
            if (waits[0].revents != 0) return WaitResult.Readable;
        }
        return WaitResult.Closed;
    }

    private void Release()
    {
        _ = Libc.close(_descriptor);
        _interrupt.Dispose();
    }
}
