using System.Runtime.InteropServices;
using PfsVpn.Daemon.Interop;
using Libc = PfsVpn.Interop.Libc;

namespace PfsVpn.Daemon.Watch;

/// <summary>The kernel's events about devices: a netlink socket of NETLINK_KOBJECT_UEVENT, group 1.</summary>
/// <remarks>
/// References: netlink(7); kernel lib/kobject_uevent.c; drivers/virt/vmgenid.c, which says NEW_VMGENID=1. Whoever has CAP_NET_ADMIN can send to the group: only what comes
/// from port 0, the kernel's own, counts. Threading: one thread.
/// </remarks>
internal sealed unsafe class KernelEvents : IDisposable
{
    private const int NETLINK_KOBJECT_UEVENT = 15, BufferBytes = 1024 * 1024;
    private const uint KernelGroup = 1;

    private readonly uint _trustedPort;

    /// <summary>Opens the socket. Tests trust another port than the kernel's.</summary>
    /// <exception cref="IOException">The system refuses.</exception>
    public KernelEvents(uint trustedPort = 0)
    {
        _trustedPort = trustedPort;
        Descriptor = Libc.socket(Libc.AF_NETLINK, Libc.SOCK_RAW | Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
        if (Descriptor < 0) throw new IOException(Errno.Last);
        var size = BufferBytes;
        // More than that does no harm to be without: what is lost is taken for the worst.
        _ = Libc.setsockopt(Descriptor, Libc.SOL_SOCKET, Libc.SO_RCVBUFFORCE, &size, sizeof(int));
        var address = new Libc.sockaddr_nl { nl_family = Libc.AF_NETLINK, nl_groups = KernelGroup };
        if (Libc.bind(Descriptor, &address, (uint)sizeof(Libc.sockaddr_nl)) == 0) return;
        var reason = Errno.Last;
        Dispose();
        throw new IOException(reason);
    }

    /// <summary>What to poll.</summary>
    public int Descriptor { get; }

    /// <summary>Reads all events that wait. True where one of them says that this machine is a copy now, or where some were lost: it may have been among them.</summary>
    public bool ReadCloned(Span<byte> buffer)
    {
        var cloned = false;
        while (true)
        {
            var length = Receive(buffer, out var port);
            if (length == -Libc.ENOBUFS) cloned = true;
            else if (length >= 0) cloned |= port == _trustedPort && TellsOfClone(buffer[..length]);
            else if (length != -Libc.EINTR) return cloned;
        }
    }

    /// <summary>Whether an event has the line NEW_VMGENID=1, and not one that only contains it: what user space makes up has SYNTH_ARG_ before it.</summary>
    internal static bool TellsOfClone(ReadOnlySpan<byte> message)
    {
        foreach (var range in message.Split((byte)0))
        {
            if (message[range].SequenceEqual("NEW_VMGENID=1"u8)) return true;
        }
        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => _ = Libc.close(Descriptor);

    private int Receive(Span<byte> buffer, out uint port)
    {
        Libc.sockaddr_nl sender = default;
        fixed (byte* start = buffer)
        {
            var part = new Libc.iovec { iov_base = start, iov_len = (nuint)buffer.Length };
            var message = new Libc.msghdr { msg_name = &sender, msg_namelen = (uint)sizeof(Libc.sockaddr_nl), msg_iov = &part, msg_iovlen = 1 };
            var length = (int)Libc.recvmsg(Descriptor, &message, Libc.MSG_DONTWAIT);
            port = sender.nl_pid;
            return length < 0 ? -Marshal.GetLastPInvokeError() : length;
        }
    }
}
