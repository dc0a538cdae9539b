using static PfsVpn.Interop.Windows.WinsockError;

namespace PfsVpn.Udp;

/// <summary>What has happened so far in one call of Send on Windows, and what an error of its next message means.</summary>
/// <remarks>
/// Windows says WSAEINVAL for whatever it does not like about a message, so that what may be the reason is left out one after the other: being a run, the bits of congestion
/// notification, the sticky source. What turned out to be the reason is given up for the socket; what turned out not to be comes back.
/// Threading: one thread. Reference: Microsoft's page WSASendMsg.
/// </remarks>
internal struct WindowsSendAttempt
{
    /// <summary>Errors in a row that belong to earlier datagrams (ICMP) and say nothing about this one.</summary>
    private const int MaxStaleErrors = 8;

    private bool _doubtsRuns;
    private bool _doubtsEcn;
    private bool _letGo;
    private bool _failed;
    private bool _noRoute;
    private bool _waited;
    private int _staleErrors;

    /// <summary>What to do after an error.</summary>
    public enum Verdict
    {
        /// <summary>Send the same message again.</summary>
        Repeat,

        /// <summary>Wait for room in the send buffer, and send the same message again; where there comes none, <see cref="GiveUp"/>.</summary>
        WaitForRoom,

        /// <summary>Lay the message out anew.</summary>
        LayOutAnew,

        /// <summary>Go on with the next.</summary>
        DropOne,

        /// <summary>Send nothing more.</summary>
        DropAll,
    }

    /// <summary>Starts a call.</summary>
    /// <param name="withSource">Whether a source is to be named.</param>
    /// <param name="withEcn">Whether bits of congestion notification may be sent.</param>
    /// <param name="segmentLimit">Longest datagram that may be part of a run, 0 for no runs.</param>
    public WindowsSendAttempt(bool withSource, bool withEcn, int segmentLimit)
    {
        WithSource = withSource;
        WithEcn = withEcn;
        SegmentLimit = segmentLimit;
    }

    /// <summary>Whether the source is named.</summary>
    public bool WithSource { get; private set; }

    /// <summary>Whether bits of congestion notification are sent.</summary>
    public bool WithEcn { get; private set; }

    /// <summary>Longest datagram that may be part of a run, 0 for no runs.</summary>
    public int SegmentLimit { get; private set; }

    /// <summary>Whether a run was refused for the length of its datagrams.</summary>
    public bool RefusedLength { get; private set; }

    /// <summary>The latest error that cost a datagram, 0 for none.</summary>
    public int Errno { get; private set; }

    /// <summary>What the call returns.</summary>
    public readonly UdpSendResult Result =>
        _noRoute ? UdpSendResult.NoRoute : _failed ? UdpSendResult.Failed : _letGo ? UdpSendResult.SentWithoutSource : UdpSendResult.Sent;

    /// <summary>A message was taken: what had been left out of it was the reason.</summary>
    public void Succeed(WindowsUdpAbilities abilities)
    {
        if (_doubtsRuns) abilities.GiveUpGso();
        if (_doubtsEcn) abilities.GiveUpEcn();
        (_doubtsRuns, _doubtsEcn, _staleErrors) = (false, false, 0);
    }

    /// <summary>No room came in time.</summary>
    public void GiveUp()
    {
        _failed = true;
        Errno = WSAEWOULDBLOCK;
    }

    /// <summary>What an error of the next message means.</summary>
    /// <param name="errno">The error.</param>
    /// <param name="segmentLength">The length by which the message is cut, 0 for a single datagram.</param>
    /// <param name="hasEcn">Whether it has bits of congestion notification.</param>
    /// <param name="abilities">What the socket can.</param>
    public Verdict Judge(int errno, int segmentLength, bool hasEcn, WindowsUdpAbilities abilities)
    {
        switch (errno)
        {
            case WSAEINTR:
                return Verdict.Repeat;
            case WSAEMSGSIZE when segmentLength > 0:
                (SegmentLimit, RefusedLength) = (segmentLength - 1, true);
                return Verdict.LayOutAnew;
            case WSAEINVAL or WSAEOPNOTSUPP or WSAENOPROTOOPT when segmentLength > 0:
                (SegmentLimit, _doubtsRuns) = (0, true);
                return Verdict.LayOutAnew;
            case WSAEINVAL or WSAEOPNOTSUPP or WSAENOPROTOOPT when hasEcn:
                (WithEcn, _doubtsEcn) = (false, true);
                return Verdict.LayOutAnew;
            case WSAEINVAL or WSAEOPNOTSUPP or WSAENOPROTOOPT or WSAEADDRNOTAVAIL or WSAENETUNREACH or WSAEHOSTUNREACH when WithSource:
                LetGo(abilities);
                return Verdict.LayOutAnew;
            case WSAENETUNREACH or WSAEHOSTUNREACH or WSAEADDRNOTAVAIL or WSAENETDOWN:
                _noRoute = true;
                Errno = errno;
                return Verdict.DropAll;
            case WSAENOBUFS:
                // The same as a loss on the way, which nobody would hear of either.
                return Verdict.DropOne;
            case WSAEWOULDBLOCK when !_waited:
                _waited = true;
                return Verdict.WaitForRoom;
            case WSAECONNRESET or WSAENETRESET or WSAECONNREFUSED or WSAEHOSTDOWN when _staleErrors++ < MaxStaleErrors:
                return Verdict.Repeat;
            default:
                _failed = true;
                Errno = errno;
                return errno is WSAEWOULDBLOCK or WSAEBADF or WSAENOTSOCK or WSAESHUTDOWN ? Verdict.DropAll : Verdict.DropOne;
        }
    }

    /// <summary>Goes on without source, and with all that was doubted before.</summary>
    private void LetGo(WindowsUdpAbilities abilities)
    {
        WithSource = false;
        _letGo = true;
        if (_doubtsRuns && abilities.Gso) SegmentLimit = DatagramRun.MaxLength;
        if (_doubtsEcn) WithEcn = abilities.Ecn;
        (_doubtsRuns, _doubtsEcn) = (false, false);
    }
}
