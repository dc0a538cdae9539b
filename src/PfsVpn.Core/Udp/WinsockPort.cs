using System.Buffers.Binary;
using System.Runtime.InteropServices;
using PfsVpn.Interop.Windows;
using PfsVpn.Tun;

namespace PfsVpn.Udp;

/// <summary>A bound UDP socket of Windows.</summary>
/// <remarks>
/// The socket is non-blocking for calls without an OVERLAPPED, and has at most one receive pending, whose event is what is waited for.
/// Safety: a pending receive's buffers are the caller's until the system lets go of them, which <see cref="Dispose"/> sees to.
/// References: Microsoft's pages WSASendMsg, LPFN_WSARECVMSG, WSAGetOverlappedResult, closesocket.
/// </remarks>
internal sealed unsafe class WinsockPort : IWinsockPort
{
    private readonly nint _socket;
    private readonly bool _isV4;
    private readonly delegate* unmanaged<nint, Ws2_32.WSAMSG*, uint*, Ws2_32.OVERLAPPED*, void*, int> _receive;
    private readonly Ws2_32.OVERLAPPED* _overlapped = (Ws2_32.OVERLAPPED*)NativeMemory.AllocZeroed(1, (nuint)sizeof(Ws2_32.OVERLAPPED));
    private readonly nint _arrived;
    private readonly nint _interrupt;

    /// <summary>Takes a bound socket, which it closes.</summary>
    /// <exception cref="IOException">The system has no event left; the socket stays the caller's.</exception>
    public WinsockPort(nint socket, bool isV4, nint receiveFunction)
    {
        _socket = socket;
        _isV4 = isV4;
        _receive = (delegate* unmanaged<nint, Ws2_32.WSAMSG*, uint*, Ws2_32.OVERLAPPED*, void*, int>)receiveFunction;
        _arrived = Ws2_32.WSACreateEvent();
        _interrupt = Ws2_32.WSACreateEvent();
        if (_arrived != 0 && _interrupt != 0) return;
        var error = Marshal.GetLastPInvokeError();
        Free();
        throw new IOException($"WSACreateEvent failed with error {error}.");
    }

    /// <inheritdoc/>
    public bool IsPending => Volatile.Read(ref _overlapped->Internal) == Ws2_32.STATUS_PENDING;

    /// <inheritdoc/>
    public int Send(Ws2_32.WSAMSG* message)
    {
        uint sent;
        return Ws2_32.WSASendMsg(_socket, message, 0, &sent, null, null) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <inheritdoc/>
    public bool WaitForRoom(int milliseconds)
    {
        var wait = new Ws2_32.WSAPOLLFD { fd = _socket, events = Ws2_32.POLLWRNORM };
        return Ws2_32.WSAPoll(&wait, 1, milliseconds) > 0;
    }

    /// <inheritdoc/>
    public int Receive(Ws2_32.WSAMSG* message, out int length)
    {
        uint received = 0;
        var error = _receive(_socket, message, &received, null, null) == 0 ? 0 : Marshal.GetLastSystemError();
        length = (int)received;
        return error;
    }

    /// <inheritdoc/>
    public int Begin(Ws2_32.WSAMSG* message)
    {
        _ = Ws2_32.WSAResetEvent(_arrived);
        *_overlapped = new Ws2_32.OVERLAPPED { hEvent = _arrived };
        if (_receive(_socket, message, null, _overlapped, null) == 0) return 0;
        var error = Marshal.GetLastSystemError();
        return error == WinsockError.WSA_IO_PENDING ? 0 : error;
    }

    /// <inheritdoc/>
    public int End(out int length)
    {
        uint received = 0, flags;
        var error = Ws2_32.WSAGetOverlappedResult(_socket, _overlapped, &received, 0, &flags) != 0 ? 0 : Marshal.GetLastPInvokeError();
        length = (int)received;
        return error;
    }

    /// <inheritdoc/>
    public WaitResult WaitForDatagram(int milliseconds)
    {
        var arrived = _arrived;
        return Ws2_32.WSAWaitForMultipleEvents(1, &arrived, 0, (uint)milliseconds, 0) == Ws2_32.WSA_WAIT_EVENT_0 ? WaitResult.Readable : WaitResult.TimedOut;
    }

    /// <inheritdoc/>
    public WaitResult Wait()
    {
        var events = stackalloc nint[2] { _interrupt, _arrived };
        if (Ws2_32.WSAWaitForMultipleEvents(2, events, 0, Ws2_32.WSA_INFINITE, 0) != Ws2_32.WSA_WAIT_EVENT_0) return WaitResult.Readable;
        _ = Ws2_32.WSAResetEvent(_interrupt);
        return WaitResult.Interrupted;
    }

    /// <inheritdoc/>
    public void Interrupt() => _ = Ws2_32.WSASetEvent(_interrupt);

    /// <inheritdoc/>
    public bool SetInterface(uint index)
    {
        var value = _isV4 ? BinaryPrimitives.ReverseEndianness(index) : index;
        var (level, option) = _isV4 ? (Ws2_32.IPPROTO_IP, Ws2_32.IP_UNICAST_IF) : (Ws2_32.IPPROTO_IPV6, Ws2_32.IPV6_UNICAST_IF);
        return Ws2_32.setsockopt(_socket, level, option, &value, sizeof(uint)) == 0;
    }

    /// <summary>Closes the socket, and returns when the system has let go of the pending receive.</summary>
    public void Dispose()
    {
        _ = Ws2_32.closesocket(_socket);
        var arrived = _arrived;
        while (IsPending)
        {
            // Closing cancels what is pending and sets its event; should that ever fail, a thread that sleeps does less harm than memory that is written to after its end.
            _ = Ws2_32.WSAWaitForMultipleEvents(1, &arrived, 0, 10, 0);
        }
        Free();
    }

    private void Free()
    {
        if (_arrived != 0) _ = Ws2_32.WSACloseEvent(_arrived);
        if (_interrupt != 0) _ = Ws2_32.WSACloseEvent(_interrupt);
        NativeMemory.Free(_overlapped);
    }
}
