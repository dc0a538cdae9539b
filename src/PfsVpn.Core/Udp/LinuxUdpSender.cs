using System.Runtime.InteropServices;
using PfsVpn.Interop;
using PfsVpn.Packets;

namespace PfsVpn.Udp;

/// <summary>One thread's way to send, and what is done about each error.</summary>
/// <remarks>
/// A message that the kernel refused is laid out anew, without what it was refused for: the sticky source, or being one of several datagrams. What was taken
/// before is counted in datagrams, so that none is lost or sent twice by that.
/// Threading: one for each sending thread, reached by <see cref="Current"/>; its native memory is freed some time after the thread has ended.
/// References: sendmsg(2), sendmmsg(2), udp(7).
/// </remarks>
internal sealed unsafe class LinuxUdpSender
{
    /// <summary>How long a full send buffer is waited for, once a call of Send.</summary>
    private const int FullBufferMilliseconds = 10;

    /// <summary>Errors in a row that belong to earlier datagrams (ICMP) and say nothing about this one.</summary>
    private const int MaxStaleErrors = 8;

    /// <summary>For how many calls it is remembered that a remote's route refused runs.</summary>
    private const int RefusalInCalls = 64;

    [ThreadStatic]
    private static LinuxUdpSender? _current;

    private readonly LinuxSendMessages _messages = new();
    private EndpointAddress _refusedRemote;
    private int _refusedLimit;
    private int _refusedForCalls;

    private LinuxUdpSender()
    {
    }

    /// <summary>The calling thread's own.</summary>
    public static LinuxUdpSender Current => _current ??= new LinuxUdpSender();

    /// <summary>The error number of the latest send that failed; 0 for none.</summary>
    public int LastErrno { get; private set; }

    /// <summary>What a send to a family is that the socket does not have.</summary>
    public UdpSendResult RefuseFamily()
    {
        LastErrno = Libc.EAFNOSUPPORT;
        return UdpSendResult.NoRoute;
    }

    /// <summary>Sends a run of a batch's outputs.</summary>
    public UdpSendResult Send(int descriptor, LinuxUdpOffloads offloads, PacketBatch batch, int first, int count, Endpoint endpoint)
    {
        var attempt = new Attempt { WithSource = !endpoint.Source.IsNone, SegmentLimit = SegmentLimit(offloads, count, endpoint) };
        for (var done = 0; done < count && !attempt.IsOver;)
        {
            _messages.Fill(batch, first + done, count - done, endpoint, attempt.WithSource, attempt.SegmentLimit);
            done += Transmit(descriptor, offloads, ref attempt);
        }
        if (attempt.Refused) Remember(endpoint, attempt.SegmentLimit);
        return Conclude(attempt);
    }

    /// <summary>Sends one datagram.</summary>
    public UdpSendResult Send(int descriptor, LinuxUdpOffloads offloads, ReadOnlySpan<byte> datagram, Endpoint endpoint, byte tos)
    {
        var attempt = new Attempt { WithSource = !endpoint.Source.IsNone };
        fixed (byte* start = datagram)
        {
            for (var done = 0; done < 1 && !attempt.IsOver;)
            {
                _messages.FillOne(start, datagram.Length, tos, endpoint, attempt.WithSource);
                done += Transmit(descriptor, offloads, ref attempt);
            }
        }
        return Conclude(attempt);
    }

    private UdpSendResult Conclude(in Attempt attempt)
    {
        if (attempt.Errno != 0) LastErrno = attempt.Errno;
        return attempt.Result;
    }

    /// <summary>The longest datagram that may be part of a run: shorter for a while, where the remote's route has refused longer ones.</summary>
    private int SegmentLimit(LinuxUdpOffloads offloads, int count, Endpoint endpoint)
    {
        if (!offloads.Gso || count == 1) return 0;
        if (_refusedForCalls == 0 || endpoint.Remote != _refusedRemote) return LinuxSendMessages.MaxRunLength;
        _refusedForCalls--;
        return _refusedLimit;
    }

    /// <summary>Spares the next calls a refusal, which costs as much as a send.</summary>
    private void Remember(Endpoint endpoint, int limit)
    {
        _refusedRemote = endpoint.Remote;
        _refusedLimit = limit;
        _refusedForCalls = RefusalInCalls;
    }

    /// <summary>Sends the messages until one must be laid out anew; returns for how many datagrams everything is done.</summary>
    private int Transmit(int descriptor, LinuxUdpOffloads offloads, ref Attempt attempt)
    {
        var datagrams = 0;
        for (var next = 0; next < _messages.Count;)
        {
            var taken = Transmit(descriptor, next);
            if (taken <= 0)
            {
                var verdict = Judge(Marshal.GetLastPInvokeError(), descriptor, offloads, _messages.SegmentLength(next), ref attempt);
                attempt.IsOver = verdict == Verdict.DropAll;
                if (verdict is Verdict.LayOutAnew or Verdict.DropAll) return datagrams;
                if (verdict == Verdict.Repeat) continue;
                taken = 1;
            }
            for (; taken > 0; taken--) datagrams += _messages.Datagrams(next++);
        }
        return datagrams;
    }

    /// <summary>Sends from message <paramref name="next"/> on; returns how many were taken, or -1.</summary>
    private int Transmit(int descriptor, int next)
    {
        var count = _messages.Count - next;
        if (count > 1) return Libc.sendmmsg(descriptor, _messages.Headers + next, (uint)count, Libc.MSG_DONTWAIT);
        return Libc.sendmsg(descriptor, &_messages.Headers[next].msg_hdr, Libc.MSG_DONTWAIT) < 0 ? -1 : 1;
    }

    /// <summary>What an error of the next message means.</summary>
    private static Verdict Judge(int errno, int descriptor, LinuxUdpOffloads offloads, int segmentLength, ref Attempt attempt)
    {
        if (errno == Libc.EINTR) return Verdict.Repeat;
        if (segmentLength > 0 && errno is Libc.EMSGSIZE or Libc.EINVAL or Libc.EIO)
        {
            GiveUpRuns(errno, offloads, segmentLength, ref attempt);
            return Verdict.LayOutAnew;
        }
        if (attempt.WithSource && errno is Libc.EINVAL or Libc.EADDRNOTAVAIL or Libc.ENODEV or Libc.ENETUNREACH or Libc.EHOSTUNREACH)
        {
            // What was said of runs may have been about the source.
            if (errno == Libc.EINVAL) attempt.TakeRunsAgain(offloads);
            attempt.WithSource = false;
            attempt.LetGo = true;
            return Verdict.LayOutAnew;
        }
        switch (errno)
        {
            case Libc.ENETUNREACH or Libc.EHOSTUNREACH or Libc.EADDRNOTAVAIL or Libc.ENETDOWN or Libc.ENONET:
                attempt.NoRoute = true;
                attempt.Errno = errno;
                return Verdict.DropAll;
            case Libc.ENOBUFS or Libc.ENOMEM:
                // The queue of the interface is full: the same as a loss on the way, which nobody would hear of either.
                return Verdict.DropOne;
            case Libc.EAGAIN:
                if (!attempt.Waited && WaitForRoom(descriptor, ref attempt)) return Verdict.Repeat;
                attempt.Failed = true;
                attempt.Errno = errno;
                return Verdict.DropAll;
            case Libc.ECONNREFUSED or Libc.EHOSTDOWN when attempt.StaleErrors++ < MaxStaleErrors:
                return Verdict.Repeat;
            default:
                attempt.Failed = true;
                attempt.Errno = errno;
                return errno is Libc.EBADF or Libc.ENOTSOCK ? Verdict.DropAll : Verdict.DropOne;
        }
    }

    /// <summary>A run was refused, so that its datagrams go out one by one.</summary>
    /// <remarks>
    /// EIO: the kernel cannot checksum what it would cut, on this way out; that lasts. Else (EMSGSIZE, EINVAL of older kernels) the datagrams are longer than the
    /// route's MTU, and would be fragmented each: others may do. EINVAL may also mean the sticky source, which the next error tells.
    /// </remarks>
    private static void GiveUpRuns(int errno, LinuxUdpOffloads offloads, int segmentLength, ref Attempt attempt)
    {
        if (errno == Libc.EIO) offloads.GiveUpGso();
        attempt.SegmentLimit = errno == Libc.EIO ? 0 : segmentLength - 1;
        attempt.Refused = true;
    }

    private static bool WaitForRoom(int descriptor, ref Attempt attempt)
    {
        attempt.Waited = true;
        var wait = new Libc.pollfd { fd = descriptor, events = Libc.POLLOUT };
        return Libc.poll(&wait, 1, FullBufferMilliseconds) > 0;
    }

    private enum Verdict
    {
        Repeat,
        LayOutAnew,
        DropOne,
        DropAll,
    }

    /// <summary>What has happened so far in one call of Send.</summary>
    private struct Attempt
    {
        public bool WithSource;
        public int SegmentLimit;
        public bool Refused;
        public bool LetGo;
        public bool Waited;
        public bool IsOver;
        public bool Failed;
        public bool NoRoute;
        public int StaleErrors;
        public int Errno;

        public readonly UdpSendResult Result =>
            NoRoute ? UdpSendResult.NoRoute : Failed ? UdpSendResult.Failed : LetGo ? UdpSendResult.SentWithoutSource : UdpSendResult.Sent;

        public void TakeRunsAgain(LinuxUdpOffloads offloads)
        {
            SegmentLimit = offloads.Gso ? LinuxSendMessages.MaxRunLength : 0;
            Refused = false;
        }
    }
}
