using System.Runtime.InteropServices;
using PfsVpn.Daemon.Interop;
using PfsVpn.Interop;
using Libc = PfsVpn.Interop.Libc;

namespace PfsVpn.Daemon.Bus;

/// <summary>A unix stream socket whose every wait ends when the owner wants to stop, or when its time is over; with descriptors on the side.</summary>
/// <remarks>References: unix(7), cmsg(3). Threading: one thread; the wake event is set by others.</remarks>
internal sealed unsafe class BusSocket : IDisposable
{
    /// <summary>Descriptors that one call of the system may bring; the kernel closes what is beyond.</summary>
    private const int MostDescriptors = 16;

    private const int SCM_RIGHTS = 1, MSG_CMSG_CLOEXEC = 0x40000000;

    private readonly int _descriptor;
    private readonly WakeEvent _stop;

    private BusSocket(int descriptor, WakeEvent stop) => (_descriptor, _stop) = (descriptor, stop);

    /// <summary>Connects, or says why not: there need not be any bus.</summary>
    /// <param name="name">A name of <see cref="BusAddress.SocketNames"/>.</param>
    /// <param name="stop">Ends every wait.</param>
    /// <param name="failure">The system's reason.</param>
    public static BusSocket? TryConnect(ReadOnlySpan<byte> name, WakeEvent stop, out string failure)
    {
        failure = "its address is too long";
        if (name.Length is 0 or >= Libc.sockaddr_un.PathLength) return null;
        var descriptor = Libc.socket(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK, 0);
        if (descriptor >= 0)
        {
            var address = new Libc.sockaddr_un { family = Libc.AF_UNIX };
            name.CopyTo(new Span<byte>(address.path, Libc.sockaddr_un.PathLength));
            // An abstract name ends where the length says so, a path with a zero.
            var length = sizeof(ushort) + name.Length + (name[0] == 0 ? 0 : 1);
            if (Libc.connect(descriptor, &address, (uint)length) == 0) return new BusSocket(descriptor, stop);
        }
        failure = Errno.Last;
        if (descriptor >= 0) _ = Libc.close(descriptor);
        return null;
    }

    /// <summary>Sends all of it.</summary>
    /// <exception cref="BusException">The other side is gone, or does not read.</exception>
    public void Send(ReadOnlySpan<byte> bytes, long deadline)
    {
        while (!bytes.IsEmpty)
        {
            nint sent;
            fixed (byte* start = bytes) sent = Libc.send(_descriptor, start, (nuint)bytes.Length, Libc.MSG_NOSIGNAL | Libc.MSG_DONTWAIT);
            if (sent >= 0) bytes = bytes[(int)sent..];
            else if (Marshal.GetLastPInvokeError() is var errno && errno is not (Libc.EAGAIN or Libc.EINTR)) throw new BusException(Errno.Message(errno));
            else if (!Wait(Libc.POLLOUT, deadline)) throw new BusException("the bus does not read");
        }
    }

    /// <summary>Fills the whole buffer. Descriptors that come along are added to <paramref name="descriptors"/>, and are then the caller's.</summary>
    /// <exception cref="BusException">The other side is gone, or time is over in the middle.</exception>
    public void Receive(Span<byte> buffer, List<int> descriptors, long deadline)
    {
        while (!buffer.IsEmpty)
        {
            var received = ReceiveOnce(buffer, descriptors);
            if (received > 0) buffer = buffer[received..];
            else if (received == 0) throw new BusException("the bus has closed the connection");
            else if (-received is not (Libc.EAGAIN or Libc.EINTR)) throw new BusException(Errno.Message(-received));
            else if (!Wait(Libc.POLLIN, deadline)) throw new BusException("the bus does not answer");
        }
    }

    /// <summary>Waits until something can be read: false where the time is over, or the owner wants to stop.</summary>
    public bool WaitForInput(long deadline) => Wait(Libc.POLLIN, deadline);

    /// <inheritdoc/>
    public void Dispose() => _ = Libc.close(_descriptor);

    private int ReceiveOnce(Span<byte> buffer, List<int> descriptors)
    {
        const int ControlLength = 16 + (MostDescriptors * sizeof(int));
        var control = stackalloc nuint[ControlLength / sizeof(long)];
        fixed (byte* start = buffer)
        {
            var part = new Libc.iovec { iov_base = start, iov_len = (nuint)buffer.Length };
            var message = new Libc.msghdr { msg_iov = &part, msg_iovlen = 1, msg_control = control, msg_controllen = ControlLength };
            var received = (int)Libc.recvmsg(_descriptor, &message, Libc.MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
            if (received < 0) return -Marshal.GetLastPInvokeError();
            var header = (Libc.cmsghdr*)control;
            if (message.msg_controllen < (nuint)sizeof(Libc.cmsghdr) || header->cmsg_level != Libc.SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) return received;
            var count = ((int)Math.Min(header->cmsg_len, message.msg_controllen) - sizeof(Libc.cmsghdr)) / sizeof(int);
            for (var i = 0; i < count; i++) descriptors.Add(((int*)(header + 1))[i]);
            return received;
        }
    }

    private bool Wait(short events, long deadline)
    {
        var waits = stackalloc Libc.pollfd[2];
        waits[0] = new Libc.pollfd { fd = _stop.Descriptor, events = Libc.POLLIN };
        waits[1] = new Libc.pollfd { fd = _descriptor, events = events };
        while (true)
        {
            var rest = deadline == long.MaxValue ? -1 : (int)Math.Clamp(deadline - Environment.TickCount64, 0, int.MaxValue);
            var ready = Libc.poll(waits, 2, rest);
            if (ready < 0 && Marshal.GetLastPInvokeError() == Libc.EINTR) continue;
            return ready > 0 && waits[0].revents == 0;
        }
    }
}
