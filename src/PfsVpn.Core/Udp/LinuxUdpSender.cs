using System.Runtime.InteropServices;
using PfsVpn.Interop;
using PfsVpn.Packets;

namespace PfsVpn.Udp;

/// <summary>One thread's native scratch for sending, and what is done about each error.</summary>
/// <remarks>
/// Threading: one for each sending thread, reached by <see cref="Current"/>; freed by its finalizer some time after the thread has ended.
/// References: sendmmsg(2), udp(7).
/// </remarks>
internal sealed unsafe class LinuxUdpSender
{
    /// <summary>Datagrams sent with one system call, at most.</summary>
    private const int MaxDatagrams = 64;

    /// <summary>How long a full send buffer is waited for, once a call of Send.</summary>
    private const int FullBufferMilliseconds = 10;

    /// <summary>Errors in a row that belong to earlier datagrams (ICMP) and say nothing about this one.</summary>
    private const int MaxStaleErrors = 8;

    [ThreadStatic]
    private static LinuxUdpSender? _current;

    private readonly Libc.mmsghdr* _messages = (Libc.mmsghdr*)NativeMemory.AllocZeroed(MaxDatagrams, (nuint)sizeof(Libc.mmsghdr));
    private readonly Libc.iovec* _parts = (Libc.iovec*)NativeMemory.AllocZeroed(MaxDatagrams, (nuint)sizeof(Libc.iovec));
    private readonly byte* _controls = (byte*)NativeMemory.AllocZeroed(MaxDatagrams, LinuxControlMessages.Room);
    private readonly byte* _name = (byte*)NativeMemory.AllocZeroed(1, LinuxSocketAddress.Room);
    private readonly byte[] _tos = new byte[MaxDatagrams];

    private LinuxUdpSender()
    {
    }

    /// <summary>Frees the native memory.</summary>
    ~LinuxUdpSender()
    {
        NativeMemory.Free(_messages);
        NativeMemory.Free(_parts);
        NativeMemory.Free(_controls);
        NativeMemory.Free(_name);
    }

    /// <summary>The calling thread's own.</summary>
    public static LinuxUdpSender Current => _current ??= new LinuxUdpSender();

    /// <summary>Sends a run of a batch's outputs.</summary>
    public UdpSendResult Send(int descriptor, PacketBatch batch, int first, int count, Endpoint endpoint)
    {
        var attempt = new Attempt { WithSource = !endpoint.Source.IsNone };
        for (var done = 0; done < count && !attempt.NoRoute;)
        {
            var run = Math.Min(count - done, MaxDatagrams);
            for (var index = 0; index < run; index++)
            {
                var packet = batch.Output[first + done + index];
                _parts[index] = new Libc.iovec { iov_base = batch.Memory + packet.Offset, iov_len = (nuint)packet.Length };
                _tos[index] = packet.Tos;
            }
            Transmit(descriptor, run, endpoint, ref attempt);
            done += run;
        }
        return attempt.Result;
    }

    /// <summary>Sends one datagram.</summary>
    public UdpSendResult Send(int descriptor, ReadOnlySpan<byte> datagram, Endpoint endpoint, byte tos)
    {
        var attempt = new Attempt { WithSource = !endpoint.Source.IsNone };
        fixed (byte* start = datagram)
        {
            _parts[0] = new Libc.iovec { iov_base = start, iov_len = (nuint)datagram.Length };
            _tos[0] = tos;
            Transmit(descriptor, 1, endpoint, ref attempt);
        }
        return attempt.Result;
    }

    private void Transmit(int descriptor, int count, Endpoint endpoint, ref Attempt attempt)
    {
        Prepare(count, endpoint, attempt.WithSource);
        for (var sent = 0; sent < count && !attempt.NoRoute;)
        {
            var taken = Libc.sendmmsg(descriptor, _messages + sent, (uint)(count - sent), Libc.MSG_DONTWAIT);
            if (taken > 0)
            {
                sent += taken;
                continue;
            }
            var verdict = Judge(Marshal.GetLastPInvokeError(), descriptor, ref attempt);
            if (verdict == Verdict.DropAll) return;
            if (verdict == Verdict.DropOne) sent++;
            if (verdict == Verdict.RepeatWithoutSource) Prepare(count, endpoint, withSource: false);
        }
    }

    /// <summary>What an error of the next datagram means.</summary>
    private static Verdict Judge(int errno, int descriptor, ref Attempt attempt)
    {
        if (errno == Libc.EINTR) return Verdict.Repeat;
        if (attempt.WithSource && errno is Libc.EINVAL or Libc.EADDRNOTAVAIL or Libc.ENODEV or Libc.ENETUNREACH or Libc.EHOSTUNREACH)
        {
            attempt.WithSource = false;
            attempt.LetGo = true;
            return Verdict.RepeatWithoutSource;
        }
        switch (errno)
        {
            case Libc.ENETUNREACH or Libc.EHOSTUNREACH or Libc.EADDRNOTAVAIL or Libc.ENETDOWN or Libc.ENONET:
                attempt.NoRoute = true;
                return Verdict.DropAll;
            case Libc.ENOBUFS or Libc.ENOMEM:
                // The queue of the interface is full: the same as a loss on the way, which nobody would hear of either.
                return Verdict.DropOne;
            case Libc.EAGAIN:
                if (!attempt.Waited && WaitForRoom(descriptor, ref attempt)) return Verdict.Repeat;
                attempt.Failed = true;
                return Verdict.DropAll;
            case Libc.ECONNREFUSED or Libc.EHOSTDOWN when attempt.StaleErrors++ < MaxStaleErrors:
                return Verdict.Repeat;
            default:
                attempt.Failed = true;
                return errno is Libc.EBADF or Libc.ENOTSOCK ? Verdict.DropAll : Verdict.DropOne;
        }
    }

    private static bool WaitForRoom(int descriptor, ref Attempt attempt)
    {
        attempt.Waited = true;
        var wait = new Libc.pollfd { fd = descriptor, events = Libc.POLLOUT };
        return Libc.poll(&wait, 1, FullBufferMilliseconds) > 0;
    }

    /// <summary>Fills the headers. Datagrams with the same TOS as the one before share its control messages.</summary>
    private void Prepare(int count, Endpoint endpoint, bool withSource)
    {
        var isV4 = endpoint.Remote.Address.IsV4;
        var nameLength = LinuxSocketAddress.Write(_name, endpoint.Remote);
        byte* control = null;
        var controlLength = 0;
        for (var index = 0; index < count; index++)
        {
            if (index == 0 || _tos[index] != _tos[index - 1])
            {
                control = _controls + (index * LinuxControlMessages.Room);
                controlLength = LinuxControlMessages.WriteTos(control, isV4, _tos[index]);
                if (withSource) controlLength += LinuxControlMessages.WriteSource(control + controlLength, endpoint.Source);
            }
            _messages[index].msg_hdr = new Libc.msghdr
            {
                msg_name = _name,
                msg_namelen = nameLength,
                msg_iov = _parts + index,
                msg_iovlen = 1,
                msg_control = controlLength == 0 ? null : control,
                msg_controllen = (nuint)controlLength,
            };
        }
    }

    private enum Verdict
    {
        Repeat,
        RepeatWithoutSource,
        DropOne,
        DropAll,
    }

    /// <summary>What has happened so far in one call of Send.</summary>
    private struct Attempt
    {
        public bool WithSource;
        public bool LetGo;
        public bool Waited;
        public bool Failed;
        public bool NoRoute;
        public int StaleErrors;

        public readonly UdpSendResult Result =>
            NoRoute ? UdpSendResult.NoRoute : Failed ? UdpSendResult.Failed : LetGo ? UdpSendResult.SentWithoutSource : UdpSendResult.Sent;
    }
}
