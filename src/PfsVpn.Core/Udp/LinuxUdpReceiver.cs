using PfsVpn.Interop;
using PfsVpn.Packets;
using PfsVpn.Tun;

namespace PfsVpn.Udp;

/// <summary>One descriptor's receiving side: many datagrams with one system call, each of which may be a run that the kernel made of many.</summary>
/// <remarks>
/// While datagrams are short it offers the kernel many small slots; after a long one, which is a fast flow's, a few large ones, of which the flow fills always the
/// same first ones, so that they stay in the caches. No datagram is ever truncated or lost for its size, whichever it offered.
/// Threading: as <see cref="IUdpReceiver"/> says; Dispose from any thread, also while another is inside, who leaves when its call ends: some milliseconds at most.
/// References: recvmmsg(2), udp(7) on UDP_GRO.
/// </remarks>
internal sealed unsafe class LinuxUdpReceiver : IUdpReceiver, IDisposable
{
    /// <summary>As many datagrams as one system call receives, whatever their lengths are. Pages that no datagram reaches stay untouched.</summary>
    public static readonly UdpBatchSize BatchSize = new(LinuxReceiveSlots.BytesFor(MaxDatagrams, SmallLength), MaxDatagrams, MaxDatagrams * MaxSegments);

    /// <summary>Datagrams or runs received with one system call, at most.</summary>
    private const int MaxDatagrams = 32;

    /// <summary>Datagrams that a kernel makes one of, at most.</summary>
    private const int MaxSegments = 128;

    private const int SmallLength = 2048;
    private const int MaxLargeDatagrams = 4;

    /// <summary>For how many calls after a long datagram the next long one is expected.</summary>
    private const int PeriodInCalls = 16;

    /// <summary>Errors of the socket that one Receive passes over: each is an ICMP message about something that was sent.</summary>
    private const int MaxErrorsPerCall = 16;

    private readonly UseGate _gate = new();
    private readonly WakeEvent _interrupt = new();
    private readonly LinuxReceiveSlots _small = new(MaxDatagrams, SmallLength);
    private readonly LinuxReceiveSlots _large = new(MaxLargeDatagrams, LinuxReceiveSlots.MaxLength);
    private readonly int _descriptor;
    private readonly Action _released;
    private int _largeForCalls;

    /// <summary>Receives from a bound descriptor, -1 for a family that the host does not have.</summary>
    /// <param name="descriptor">The descriptor; it stays open until <paramref name="released"/> was called.</param>
    /// <param name="released">Told once when nobody is inside a closed receiver any more.</param>
    public LinuxUdpReceiver(int descriptor, Action released)
    {
        _descriptor = descriptor;
        _released = released;
    }

    /// <inheritdoc/>
    public int Receive(PacketBatch batch, bool mayWait)
    {
        if (_descriptor < 0 || !_gate.TryEnter()) return 0;
        var flags = mayWait ? Libc.MSG_WAITFORONE : Libc.MSG_DONTWAIT;
        for (var errors = 0; errors < MaxErrorsPerCall; errors++)
        {
            var slots = _largeForCalls > 0 ? _large : _small;
            var received = slots.Receive(_descriptor, batch, flags);
            // A receive that was ended by closing looks like empty datagrams from nowhere.
            if (_gate.IsClosed) break;
            if (received > 0) FollowTraffic(slots.Deliver(batch, received));
            if (received >= 0 || received == -Libc.EAGAIN) break;
            flags = Libc.MSG_DONTWAIT;
        }
        Leave();
        return batch.Count;
    }

    /// <inheritdoc/>
    public WaitResult Wait()
    {
        if (!_gate.TryEnter()) return WaitResult.Closed;
        var result = WaitInside();
        Leave();
        return result;
    }

    /// <inheritdoc/>
    public void Interrupt() => _interrupt.Set();

    /// <summary>Ends the current Wait and lets nobody in any more. Further calls do nothing.</summary>
    public void Dispose()
    {
        var last = _gate.Close();
        _interrupt.Set();
        if (last) Release();
    }

    private WaitResult WaitInside()
    {
        var waits = stackalloc Libc.pollfd[2];
        waits[0] = new Libc.pollfd { fd = _interrupt.Descriptor, events = Libc.POLLIN };
        waits[1] = new Libc.pollfd { fd = _descriptor, events = Libc.POLLIN };
        while (!_gate.IsClosed)
        {
            // The only error is EINTR: the arguments are right, and the kernel keeps memory for two descriptors on its stack.
            if (Libc.poll(waits, 2, -1) < 0) continue;
            if (waits[0].revents != 0)
            {
                if (_gate.IsClosed) break;
                _interrupt.Drain();
                return WaitResult.Interrupted;
            }
            // POLLERR as well: Receive fetches the error, and thereby clears it.
            if (waits[1].revents != 0) return WaitResult.Readable;
        }
        return WaitResult.Closed;
    }

    private void FollowTraffic(int longest)
    {
        if (longest > SmallLength) _largeForCalls = PeriodInCalls;
        else if (_largeForCalls > 0) _largeForCalls--;
    }

    private void Leave()
    {
        if (_gate.Exit()) Release();
    }

    private void Release()
    {
        _interrupt.Dispose();
        _small.Dispose();
        _large.Dispose();
        _released();
    }
}
