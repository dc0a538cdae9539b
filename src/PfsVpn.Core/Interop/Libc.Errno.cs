namespace PfsVpn.Interop;

/// <summary>Error numbers: <c>errno.h</c>.</summary>
/// <remarks>References: errno(3). Values are those of Linux on x86-64 and ARM64.</remarks>
internal static unsafe partial class Libc
{
    public const int EPERM = 1, ENOENT = 2, EINTR = 4, EIO = 5, ENXIO = 6, EBADF = 9, EAGAIN = 11, ENOMEM = 12, EACCES = 13;
    public const int EBUSY = 16, EEXIST = 17, ENODEV = 19, EINVAL = 22, EMFILE = 24, ENOTTY = 25, ENAMETOOLONG = 36, ENONET = 64, EBADFD = 77;
    public const int ENOTSOCK = 88, EMSGSIZE = 90, ENOPROTOOPT = 92, EPROTONOSUPPORT = 93, EOPNOTSUPP = 95, EAFNOSUPPORT = 97;
    public const int EADDRINUSE = 98, EADDRNOTAVAIL = 99, ENETDOWN = 100, ENETUNREACH = 101, ENOBUFS = 105;
    public const int ECONNREFUSED = 111, EHOSTDOWN = 112, EHOSTUNREACH = 113;
}
