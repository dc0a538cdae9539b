using System.Runtime.InteropServices;

namespace PfsVpn.Interop;

/// <summary>Sockets: <c>sys/socket.h</c> and <c>netinet/in.h</c>.</summary>
/// <remarks>References: socket(2), recvmmsg(2), sendmmsg(2), cmsg(3), ip(7), ipv6(7), udp(7). Values and layouts are those of Linux on x86-64 and ARM64.</remarks>
internal static unsafe partial class Libc
{
    public const int AF_UNSPEC = 0, AF_INET = 2, AF_INET6 = 10, AF_NETLINK = 16;
    public const int SOCK_DGRAM = 2, SOCK_RAW = 3, SOCK_NONBLOCK = 0x800, SOCK_CLOEXEC = 0x80000;

    public const int SOL_SOCKET = 1, SOL_IP = 0, SOL_UDP = 17, SOL_IPV6 = 41;
    public const int UDP_SEGMENT = 103, UDP_GRO = 104;
    public const int SO_ERROR = 4, SO_SNDBUF = 7, SO_RCVBUF = 8, SO_REUSEPORT = 15, SO_RCVTIMEO = 20, SO_SNDTIMEO = 21, SO_BINDTODEVICE = 25, SO_SNDBUFFORCE = 32, SO_RCVBUFFORCE = 33, SO_MARK = 36;
    public const int IP_TOS = 1, IP_PKTINFO = 8, IP_MTU_DISCOVER = 10, IP_RECVTOS = 13, IP_PMTUDISC_DONT = 0;
    public const int IPV6_MTU_DISCOVER = 23, IPV6_V6ONLY = 26, IPV6_RECVPKTINFO = 49, IPV6_PKTINFO = 50;
    public const int IPV6_RECVTCLASS = 66, IPV6_TCLASS = 67, IPV6_PMTUDISC_DONT = 0, IPPROTO_UDP = 17;
    public const int MSG_TRUNC = 0x20, MSG_DONTWAIT = 0x40, MSG_WAITFORONE = 0x10000;
    public const int SHUT_RD = 0;

    [LibraryImport(Library, SetLastError = true)]
    public static partial int socket(int family, int type, int protocol);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int bind(int descriptor, void* address, uint length);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int shutdown(int descriptor, int how);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int getsockname(int descriptor, void* address, uint* length);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int setsockopt(int descriptor, int level, int option, void* value, uint length);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int getsockopt(int descriptor, int level, int option, void* value, uint* length);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint send(int descriptor, void* buffer, nuint length, int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint recvmsg(int descriptor, msghdr* message, int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int recvmmsg(int descriptor, mmsghdr* messages, uint count, int flags, timespec* timeout);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint sendmsg(int descriptor, msghdr* message, int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int sendmmsg(int descriptor, mmsghdr* messages, uint count, int flags);

    /// <summary>16 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct @iovec
    {
        public void* iov_base;
        public nuint iov_len;
    }

    /// <summary>56 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct @msghdr
    {
        public void* msg_name;
        public uint msg_namelen;
        public iovec* msg_iov;
        public nuint msg_iovlen;
        public void* msg_control;
        public nuint msg_controllen;
        public int msg_flags;
    }

    /// <summary>64 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct @mmsghdr
    {
        public msghdr msg_hdr;
        public uint msg_len;
    }

    /// <summary>16 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct @timeval
    {
        public long tv_sec;
        public long tv_usec;
    }

    /// <summary>16 bytes; the data follow, and the next header is at a multiple of 8.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct @cmsghdr
    {
        public nuint cmsg_len;
        public int cmsg_level;
        public int cmsg_type;
    }

    /// <summary>16 bytes. Port and address in network order.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 16)]
    public struct @sockaddr_in
    {
        public ushort sin_family;
        public ushort sin_port;
        public uint sin_addr;
    }

    /// <summary>28 bytes. Port and address in network order.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct @sockaddr_in6
    {
        public ushort sin6_family;
        public ushort sin6_port;
        public uint sin6_flowinfo;
        public fixed byte sin6_addr[16];
        public uint sin6_scope_id;
    }

    /// <summary>12 bytes. Addresses in network order.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct @in_pktinfo
    {
        public int ipi_ifindex;
        public uint ipi_spec_dst;
        public uint ipi_addr;
    }

    /// <summary>20 bytes. Address in network order.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct @in6_pktinfo
    {
        public fixed byte ipi6_addr[16];
        public int ipi6_ifindex;
    }
}
