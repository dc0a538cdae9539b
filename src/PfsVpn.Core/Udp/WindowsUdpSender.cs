using PfsVpn.Interop.Windows;
using PfsVpn.Packets;

namespace PfsVpn.Udp;

/// <summary>One thread's way to send on Windows. What is done about each error stands in <see cref="WindowsSendAttempt"/>.</summary>
/// <remarks>Threading: one for each sending thread, reached by <see cref="Current"/>; its native memory is freed some time after the thread has ended.</remarks>
internal sealed unsafe class WindowsUdpSender
{
    /// <summary>How long a full send buffer is waited for, once a call of Send.</summary>
    private const int FullBufferMilliseconds = 10;

    /// <summary>For how many calls it is remembered that runs to a remote were refused for their length.</summary>
    private const int RefusalInCalls = 64;

    [ThreadStatic]
    private static WindowsUdpSender? _current;

    private readonly WindowsSendMessage _message = new();
    private EndpointAddress _refusedRemote;
    private int _refusedLimit;
    private int _refusedForCalls;

    private WindowsUdpSender()
    {
    }

    /// <summary>The calling thread's own.</summary>
    public static WindowsUdpSender Current => _current ??= new WindowsUdpSender();

    /// <summary>Which interface and source datagrams to a remote take.</summary>
    public WindowsWayMemory Ways { get; } = new();

    /// <summary>Winsock's error number of the latest send that failed; 0 for none.</summary>
    public int LastErrno { get; private set; }

    /// <summary>What a send to a family is that the socket does not have.</summary>
    public UdpSendResult RefuseFamily()
    {
        LastErrno = WinsockError.WSAEAFNOSUPPORT;
        return UdpSendResult.NoRoute;
    }

    /// <summary>Sends a run of a batch's outputs.</summary>
    public UdpSendResult Send(IWinsockPort port, WindowsUdpAbilities abilities, PacketBatch batch, int first, int count, in EndpointAddress remote, in WindowsWay way)
    {
        if (way.IsBlocked) return RefuseRoute();
        var attempt = new WindowsSendAttempt(way.HasSource, abilities.Ecn, SegmentLimit(abilities, count, remote));
        _message.Begin(remote);
        for (var done = 0; done < count;)
        {
            _message.Fill(batch.Memory, batch.Output + first + done, count - done, way, attempt);
            switch (Transmit(port, abilities, ref attempt))
            {
                case WindowsSendAttempt.Verdict.LayOutAnew:
                    continue;
                case WindowsSendAttempt.Verdict.DropAll:
                    return Conclude(attempt);
                default:
                    done += _message.Datagrams;
                    break;
            }
        }
        if (attempt.RefusedLength) (_refusedRemote, _refusedLimit, _refusedForCalls) = (remote, attempt.SegmentLimit, RefusalInCalls);
        return Conclude(attempt);
    }

    /// <summary>Sends one datagram.</summary>
    public UdpSendResult Send(IWinsockPort port, WindowsUdpAbilities abilities, ReadOnlySpan<byte> datagram, byte tos, in EndpointAddress remote, in WindowsWay way)
    {
        if (way.IsBlocked) return RefuseRoute();
        var attempt = new WindowsSendAttempt(way.HasSource, abilities.Ecn, 0);
        _message.Begin(remote);
        fixed (byte* start = datagram)
        {
            do _message.FillOne(start, datagram.Length, tos, way, attempt);
            while (Transmit(port, abilities, ref attempt) == WindowsSendAttempt.Verdict.LayOutAnew);
        }
        return Conclude(attempt);
    }

    /// <summary>The only routes lead into tunnels.</summary>
    private UdpSendResult RefuseRoute()
    {
        LastErrno = WinsockError.WSAENETUNREACH;
        return UdpSendResult.NoRoute;
    }

    private UdpSendResult Conclude(in WindowsSendAttempt attempt)
    {
        if (attempt.Errno != 0) LastErrno = attempt.Errno;
        return attempt.Result;
    }

    /// <summary>The longest datagram that may be part of a run: shorter for a while, where longer ones to this remote were refused.</summary>
    private int SegmentLimit(WindowsUdpAbilities abilities, int count, in EndpointAddress remote)
    {
        if (!abilities.Gso || count == 1) return 0;
        if (_refusedForCalls == 0 || remote != _refusedRemote) return DatagramRun.MaxLength;
        _refusedForCalls--;
        return _refusedLimit;
    }

    /// <summary>Sends the message; how to go on where it was not taken, DropOne where it was.</summary>
    private WindowsSendAttempt.Verdict Transmit(IWinsockPort port, WindowsUdpAbilities abilities, ref WindowsSendAttempt attempt)
    {
        while (true)
        {
            var error = port.Send(_message.Message);
            if (error == 0)
            {
                attempt.Succeed(abilities);
                return WindowsSendAttempt.Verdict.DropOne;
            }
            var verdict = attempt.Judge(error, _message.SegmentLength, _message.HasEcn, abilities);
            if (verdict == WindowsSendAttempt.Verdict.Repeat) continue;
            if (verdict != WindowsSendAttempt.Verdict.WaitForRoom) return verdict;
            if (port.WaitForRoom(FullBufferMilliseconds)) continue;
            attempt.GiveUp();
            return WindowsSendAttempt.Verdict.DropAll;
        }
    }
}
