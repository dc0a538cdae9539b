using System.Runtime.InteropServices;

namespace PfsVpn.Interop;

/// <summary>A non-blocking rtnetlink socket in the network namespace of the thread that opens it.</summary>
/// <remarks>
/// Threading: one thread at a time. Errors: the constructor throws; the calls return negative errnos.
/// References: netlink(7), rtnetlink(7).
/// </remarks>
internal sealed unsafe class NetlinkSocket : IDisposable
{
    /// <summary>Enough for any single message of links, addresses and routes.</summary>
    public const int BufferLength = 32 * 1024;

    private bool _disposed;

    /// <summary>Opens the socket and joins the multicast groups of the mask.</summary>
    /// <exception cref="IOException">The system refuses.</exception>
    public NetlinkSocket(uint groups = 0)
    {
        Descriptor = Libc.socket(Libc.AF_NETLINK, Libc.SOCK_RAW | Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK, Libc.NETLINK_ROUTE);
        if (Descriptor < 0) throw new IOException($"A netlink socket cannot be opened: error {Marshal.GetLastPInvokeError()}.");
        var address = new Libc.sockaddr_nl { nl_family = Libc.AF_NETLINK, nl_groups = groups };
        var length = (uint)sizeof(Libc.sockaddr_nl);
        if (Libc.bind(Descriptor, &address, length) < 0 || Libc.getsockname(Descriptor, &address, &length) < 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            Dispose();
            throw new IOException($"A netlink socket cannot be bound: error {errno}.");
        }
        PortId = address.nl_pid;
    }

    /// <summary>What to poll.</summary>
    public int Descriptor { get; }

    /// <summary>Stands in the header of every answer to a request of this socket; in an event it is never this.</summary>
    public uint PortId { get; }

    /// <summary>Asks for the events of every namespace that has an id here. Needs CAP_NET_BROADCAST when it is called, not afterwards.</summary>
    public bool TryListenToAllNamespaces()
    {
        var one = 1;
        return Libc.setsockopt(Descriptor, Libc.SOL_NETLINK, Libc.NETLINK_LISTEN_ALL_NSID, &one, sizeof(int)) == 0;
    }

    /// <summary>Sends a request; 0 or an errno.</summary>
    public int Send(ReadOnlySpan<byte> request)
    {
        fixed (byte* start = request)
            return Libc.send(Descriptor, start, (nuint)request.Length, Libc.MSG_DONTWAIT) < 0 ? Marshal.GetLastPInvokeError() : 0;
    }

    /// <summary>Receives one datagram; its length, or a negative errno (EAGAIN where there is none, ENOBUFS where some were lost).</summary>
    /// <param name="buffer">At least <see cref="BufferLength"/> bytes.</param>
    /// <param name="namespaceId">Id of the namespace that an event comes from; NETNSA_NSID_NOT_ASSIGNED for the socket's own.</param>
    public int Receive(Span<byte> buffer, out int namespaceId)
    {
        namespaceId = Libc.NETNSA_NSID_NOT_ASSIGNED;
        var control = stackalloc byte[64];
        fixed (byte* start = buffer)
        {
            var part = new Libc.iovec { iov_base = start, iov_len = (nuint)buffer.Length };
            var message = new Libc.msghdr { msg_iov = &part, msg_iovlen = 1, msg_control = control, msg_controllen = 64 };
            var length = Libc.recvmsg(Descriptor, &message, Libc.MSG_DONTWAIT);
            if (length < 0) return -Marshal.GetLastPInvokeError();
            var header = (Libc.cmsghdr*)control;
            if (message.msg_controllen >= (nuint)sizeof(Libc.cmsghdr) + sizeof(int)
                && header->cmsg_level == Libc.SOL_NETLINK && header->cmsg_type == Libc.NETLINK_LISTEN_ALL_NSID)
                namespaceId = *(int*)(header + 1);
            return (int)length;
        }
    }

    /// <summary>Sends a request and receives its answer, for requests that the kernel answers at once. Returns its length, or a negative errno.</summary>
    /// <param name="request">The request.</param>
    /// <param name="sequence">Its sequence number.</param>
    /// <param name="buffer">Receives the answer: one message, header included.</param>
    public int Ask(ReadOnlySpan<byte> request, uint sequence, Span<byte> buffer)
    {
        var errno = Send(request);
        if (errno != 0) return -errno;
        while (true)
        {
            var length = Receive(buffer, out _);
            if (length == -Libc.EINTR) continue;
            if (length < 0) return length;
            var reader = new NetlinkReader(buffer[..length]);
            if (!reader.MoveNext() || reader.Header.nlmsg_seq != sequence) continue;
            return reader.Header.nlmsg_type == Libc.NLMSG_ERROR && reader.Error != 0 ? -reader.Error : length;
        }
    }

    /// <summary>Closes the socket.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _ = Libc.close(Descriptor);
    }
}
