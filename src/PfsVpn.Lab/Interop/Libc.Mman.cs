using System.Runtime.InteropServices;

namespace PfsVpn.Lab.Interop;

/// <summary>The C library: <c>sys/mman.h</c>.</summary>
internal static partial class Libc
{
    /// <summary>Keeps the memory of this process out of swap.</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int mlockall(int flags);
}
