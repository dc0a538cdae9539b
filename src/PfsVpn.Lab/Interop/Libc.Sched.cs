using System.Runtime.InteropServices;

namespace PfsVpn.Lab.Interop;

/// <summary>The C library: <c>sched.h</c>.</summary>
internal static partial class Libc
{
    public const int CLONE_NEWNET = 0x40000000;

    /// <summary>Moves the calling thread into a namespace.</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int setns(int fd, int nstype);
}
