using System.Runtime.InteropServices;

namespace PfsVpn.SystemTests.Daemon;

/// <summary>The few calls that the tests of the process need besides those of the daemon.</summary>
internal static unsafe partial class Native
{
    public const uint TUNSETIFF = 0x400454CA;
    public const short IFF_TUN = 0x0001, IFF_NO_PI = 0x1000;
    public const int SIGHUP = 1, SIGINT = 2, SIGABRT = 6, SIGKILL = 9, SIGSEGV = 11, SIGTERM = 15;
    public const nint SYS_pidfd_open = 434;

    [LibraryImport("libc", SetLastError = true)]
    public static partial int ioctl(int descriptor, nuint request, void* argument);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int setns(int descriptor, int kind);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int kill(int process, int signal);
}
