using System.Runtime.InteropServices;

namespace PfsVpn.Interop;

/// <summary>
/// Driving a TUN: <c>linux/if_tun.h</c> and <c>net/if.h</c>, with the calls that it takes (<c>fcntl.h</c>, <c>sys/ioctl.h</c>, <c>sys/stat.h</c>, <c>sys/uio.h</c>, <c>unistd.h</c>).
/// </summary>
/// <remarks>References: Documentation/networking/tuntap.rst, netdevice(7), ioctl(2). Values are those of Linux on x86-64 and ARM64.</remarks>
internal static unsafe partial class Libc
{
    public const int O_RDWR = 2, O_NONBLOCK = 0x800, O_CLOEXEC = 0x80000;
    public const int F_GETFD = 1, F_SETFD = 2, F_GETFL = 3, F_SETFL = 4, FD_CLOEXEC = 1;

    public const uint TUNSETIFF = 0x400454CA, TUNGETIFF = 0x800454D2;

    /// <summary>A descriptor of the network namespace in which the device of a TUN descriptor is now (Linux 5.8). Needs CAP_NET_ADMIN there.</summary>
    public const uint TUNGETDEVNETNS = 0x54E3;

    /// <summary>A descriptor of the network namespace of a socket. Needs CAP_NET_ADMIN there.</summary>
    public const uint SIOCGSKNS = 0x894C;

    public const uint SIOCGIFFLAGS = 0x8913, SIOCSIFFLAGS = 0x8914, SIOCGIFMTU = 0x8921, SIOCSIFMTU = 0x8922;
    public const int IFF_UP = 1, IFF_TUN = 1, IFF_TAP = 2, IFF_MULTI_QUEUE = 0x100, IFF_NO_PI = 0x1000, IFF_VNET_HDR = 0x4000;

    public const uint TUNGETFEATURES = 0x800454CF, TUNSETOFFLOAD = 0x400454D0, TUNSETVNETHDRSZ = 0x400454D8;
    public const uint TUN_F_CSUM = 1, TUN_F_TSO4 = 2, TUN_F_TSO6 = 4, TUN_F_TSO_ECN = 8, TUN_F_USO4 = 0x20, TUN_F_USO6 = 0x40;

    /// <summary>The most parts of one gathering write.</summary>
    public const int UIO_MAXIOV = 1024;

    /// <summary>Bytes of an interface name with its terminating zero.</summary>
    public const int IFNAMSIZ = 16;

    /// <summary>Where st_ino lies in struct stat, on x86-64 and ARM64; the whole takes 144 and 128 bytes.</summary>
    public const int StatInodeOffset = 8, StatSizeAtMost = 144;

    [LibraryImport(Library, SetLastError = true)]
    public static partial int open(byte* path, int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint read(int descriptor, void* buffer, nuint length);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint write(int descriptor, void* buffer, nuint length);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint readv(int descriptor, iovec* parts, int count);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint writev(int descriptor, iovec* parts, int count);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int fcntl(int descriptor, int command, nint argument);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int ioctl(int descriptor, nuint request, void* argument);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int fstat(int descriptor, byte* stat);

    /// <summary>40 bytes: the name and a union, of which the members in use are here.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 40)]
    public struct @ifreq
    {
        [FieldOffset(0)] public fixed byte ifr_name[IFNAMSIZ];
        [FieldOffset(16)] public short ifr_flags;
        [FieldOffset(16)] public int ifr_mtu;
        [FieldOffset(16)] public int ifr_ifindex;
    }
}
