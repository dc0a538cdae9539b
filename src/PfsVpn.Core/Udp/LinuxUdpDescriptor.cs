using System.Runtime.InteropServices;
using System.Text;
using PfsVpn.Interop;

namespace PfsVpn.Udp;

/// <summary>Opens and binds a UDP socket with the options that the protocol needs.</summary>
/// <remarks>References: ip(7), ipv6(7), udp(7), socket(7). Threading: any.</remarks>
internal static unsafe class LinuxUdpDescriptor
{
    /// <summary>Bytes asked for each socket buffer: what the field's implementations ask for, some 40 ms at 1.4 Gbit/s.</summary>
    private const int BufferLength = 7 << 20;

    /// <summary>How long a receive that may wait does so.</summary>
    private const int BriefWaitMicroseconds = 10_000;

    /// <summary>Opens, configures and binds a socket of a family; a descriptor, or a negative errno.</summary>
    /// <param name="family">AF_INET or AF_INET6.</param>
    /// <param name="port">Port, 0 for any; receives the one that was bound.</param>
    /// <param name="mark">SO_MARK, 0 for none.</param>
    /// <param name="shared">Whether it joins others that <see cref="Share"/> the port. Else neither SO_REUSEADDR nor SO_REUSEPORT is set: a second
    /// program that wants the port must be told, whichever comes first.</param>
    /// <param name="device">The interface to bind to, empty for none. Takes Linux 5.7, or CAP_NET_RAW.</param>
    /// <param name="address">The address to bind to, of the family; the default value for any.</param>
    /// <remarks>The descriptor is in blocking mode, for receives that wait; all other calls say MSG_DONTWAIT.</remarks>
    public static int Open(int family, ref ushort port, uint mark, bool shared = false, string device = "", Packets.IpAddress address = default)
    {
        var descriptor = Libc.socket(family, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, 0);
        if (descriptor < 0) return -Marshal.GetLastPInvokeError();
        var errno = family == Libc.AF_INET ? ConfigureV4(descriptor) : ConfigureV6(descriptor);
        if (errno == 0) errno = SetBriefWait(descriptor);
        if (errno == 0 && mark != 0) errno = SetMark(descriptor, mark);
        if (errno == 0 && shared) errno = Share(descriptor);
        if (errno == 0 && device.Length != 0) errno = SetDevice(descriptor, device);
        if (errno == 0) errno = Bind(descriptor, family, address, ref port);
        if (errno == 0)
        {
            AskForBuffer(descriptor, Libc.SO_RCVBUFFORCE, Libc.SO_RCVBUF);
            AskForBuffer(descriptor, Libc.SO_SNDBUFFORCE, Libc.SO_SNDBUF);
            return descriptor;
        }
        _ = Libc.close(descriptor);
        return -errno;
    }

    /// <summary>Sets SO_MARK; 0 or an errno. A descriptor of -1 is passed over.</summary>
    public static int SetMark(int descriptor, uint mark) => descriptor < 0 ? 0 : Set(descriptor, Libc.SOL_SOCKET, Libc.SO_MARK, (int)mark);

    /// <summary>Lets further sockets of the same user be bound to the port of one that is bound already; 0 or an errno.</summary>
    /// <remarks>The kernel then spreads arriving datagrams by a hash of both addresses and ports, so that those of one sender stay together.</remarks>
    public static int Share(int descriptor) => Set(descriptor, Libc.SOL_SOCKET, Libc.SO_REUSEPORT, 1);

    /// <summary>Has the kernel hand over runs of datagrams as one; whether it can.</summary>
    public static bool TryCoalesce(int descriptor) => Set(descriptor, Libc.SOL_UDP, Libc.UDP_GRO, 1) == 0;

    /// <summary>Whether the kernel cuts what is sent with a segment length. One that does not would send a single long datagram.</summary>
    public static bool CanSegment(int descriptor)
    {
        int value;
        var length = (uint)sizeof(int);
        return Libc.getsockopt(descriptor, Libc.SOL_UDP, Libc.UDP_SEGMENT, &value, &length) == 0;
    }

    private static int ConfigureV4(int descriptor)
    {
        var errno = Set(descriptor, Libc.SOL_IP, Libc.IP_PKTINFO, 1);
        if (errno == 0) errno = Set(descriptor, Libc.SOL_IP, Libc.IP_RECVTOS, 1);
        // Outer DF is clear: a path with a smaller MTU fragments rather than loses.
        return errno != 0 ? errno : Set(descriptor, Libc.SOL_IP, Libc.IP_MTU_DISCOVER, Libc.IP_PMTUDISC_DONT);
    }

    private static int ConfigureV6(int descriptor)
    {
        var errno = Set(descriptor, Libc.SOL_IPV6, Libc.IPV6_V6ONLY, 1);
        if (errno == 0) errno = Set(descriptor, Libc.SOL_IPV6, Libc.IPV6_RECVPKTINFO, 1);
        if (errno == 0) errno = Set(descriptor, Libc.SOL_IPV6, Libc.IPV6_RECVTCLASS, 1);
        return errno != 0 ? errno : Set(descriptor, Libc.SOL_IPV6, Libc.IPV6_MTU_DISCOVER, Libc.IPV6_PMTUDISC_DONT);
    }

    /// <summary>The number of an interface, 0 where there is none of that name.</summary>
    public static uint IndexOf(string device)
    {
        var name = stackalloc byte[Libc.IFNAMSIZ];
        WriteName(device, name);
        return Libc.if_nametoindex(name);
    }

    private static int SetDevice(int descriptor, string device)
    {
        var name = stackalloc byte[Libc.IFNAMSIZ];
        WriteName(device, name);
        return Libc.setsockopt(descriptor, Libc.SOL_SOCKET, Libc.SO_BINDTODEVICE, name, Libc.IFNAMSIZ) < 0 ? Marshal.GetLastPInvokeError() : 0;
    }

    /// <summary>A name of at most 15 bytes, and zeros behind it.</summary>
    private static void WriteName(string device, byte* name)
    {
        var room = new Span<byte>(name, Libc.IFNAMSIZ);
        room.Clear();
        _ = Encoding.UTF8.TryGetBytes(device, room[..^1], out _);
    }

    private static int Bind(int descriptor, int family, Packets.IpAddress address, ref ushort port)
    {
        var written = stackalloc byte[LinuxSocketAddress.Room];
        var any = family == Libc.AF_INET ? new Packets.IpAddress(0) : new Packets.IpAddress(0, 0);
        var length = LinuxSocketAddress.Write(written, new Packets.EndpointAddress(address.Family == 0 ? any : address, port));
        if (Libc.bind(descriptor, written, length) < 0 || Libc.getsockname(descriptor, written, &length) < 0) return Marshal.GetLastPInvokeError();
        port = LinuxSocketAddress.Read(written).Port;
        return 0;
    }

    private static int SetBriefWait(int descriptor)
    {
        var time = new Libc.timeval { tv_usec = BriefWaitMicroseconds };
        return Libc.setsockopt(descriptor, Libc.SOL_SOCKET, Libc.SO_RCVTIMEO, &time, (uint)sizeof(Libc.timeval)) < 0 ? Marshal.GetLastPInvokeError() : 0;
    }

    /// <summary>Asks beyond the host's limit, which takes CAP_NET_ADMIN, else for what the limit allows.</summary>
    private static void AskForBuffer(int descriptor, int forced, int limited)
    {
        if (Set(descriptor, Libc.SOL_SOCKET, forced, BufferLength) != 0) _ = Set(descriptor, Libc.SOL_SOCKET, limited, BufferLength);
    }

    private static int Set(int descriptor, int level, int option, int value) =>
        Libc.setsockopt(descriptor, level, option, &value, sizeof(int)) < 0 ? Marshal.GetLastPInvokeError() : 0;
}
