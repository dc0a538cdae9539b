using System.Runtime.InteropServices;

namespace PfsVpn.Lab.Interop;

/// <summary>The C library: <c>sys/prctl.h</c>.</summary>
internal static partial class Libc
{
    public const int PR_SET_DUMPABLE = 4;
    public const int PR_SET_SECCOMP = 22;
    public const nuint SECCOMP_MODE_FILTER = 2;

    [LibraryImport("libc", SetLastError = true)]
    public static partial int prctl(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);
}
