using System.Runtime.InteropServices;
using PfsVpn.Cli.Windows.Native;

namespace PfsVpn.Cli.Provision;

/// <summary>Locks: <c>sys/mman.h</c>, <c>sys/file.h</c>.</summary>
/// <remarks>References: mlockall(2), flock(2). Values are those of Linux on x86-64 and ARM64.</remarks>
internal static partial class NativeLock
{
    private const string Library = "libc";
    private const int MCL_CURRENT = 1, MCL_FUTURE = 2, MCL_ONFAULT = 4;
    private const int LOCK_EX = 2;

    /// <summary>Keeps what this process touches from now on out of swap. Without CAP_IPC_LOCK the kernel refuses, and nothing changes; Windows has no such thing.</summary>
    public static void TryLockProcess()
    {
        if (!OperatingSystem.IsWindows()) _ = mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
    }

    /// <summary>Waits until nobody else holds the lock of what a descriptor refers to, and takes it. It ends with the descriptor.</summary>
    public static void WaitForLock(int descriptor)
    {
        if (OperatingSystem.IsWindows())
        {
            WindowsFile.WaitForLock(descriptor);
            return;
        }
        while (flock(descriptor, LOCK_EX) != 0 && Marshal.GetLastPInvokeError() == NativeFile.EINTR)
        {
        }
    }

    [LibraryImport(Library, SetLastError = true)]
    private static partial int mlockall(int flags);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int flock(int descriptor, int operation);
}
