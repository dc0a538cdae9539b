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
    private const string WindowsLockFile = ".lock";

    /// <summary>Keeps what this process touches from now on out of swap. Without CAP_IPC_LOCK the kernel refuses, and nothing changes; Windows has no such thing.</summary>
    public static void TryLockProcess()
    {
        if (!OperatingSystem.IsWindows()) _ = mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
    }

    /// <summary>Waits until nobody else holds the lock of a folder, and takes it; on Windows, where only files have locks, that of a file in it. It ends with the descriptor. Returns that, or a negative errno.</summary>
    public static int WaitFor(string folder)
    {
        if (OperatingSystem.IsWindows()) return WindowsFile.WaitForLock(Path.Combine(folder, WindowsLockFile));
        var descriptor = NativeFile.OpenForReading(folder);
        if (descriptor < 0) return descriptor;
        while (flock(descriptor, LOCK_EX) != 0 && Marshal.GetLastPInvokeError() == NativeFile.EINTR)
        {
        }
        return descriptor;
    }

    [LibraryImport(Library, SetLastError = true)]
    private static partial int mlockall(int flags);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int flock(int descriptor, int operation);
}
