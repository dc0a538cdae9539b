using System.Runtime.InteropServices;

namespace PfsVpn.Lab.Interop;

/// <summary>The C library: <c>signal.h</c>.</summary>
internal static partial class Libc
{
    public const int SIGKILL = 9;
    public const int SIGTERM = 15;

    /// <summary>The signal by which the .NET runtime stops a thread for a collection: SIGRTMIN.</summary>
    public const int SIGRTMIN = 34;

    [LibraryImport("libc", SetLastError = true)]
    public static partial int kill(int pid, int sig);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int tgkill(int tgid, int tid, int sig);
}
