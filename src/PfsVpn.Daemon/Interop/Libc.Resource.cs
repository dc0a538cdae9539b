using System.Runtime.InteropServices;

namespace PfsVpn.Daemon.Interop;

/// <summary>Limits: <c>sys/resource.h</c>.</summary>
/// <remarks>References: getrlimit(2). Values are those of Linux on x86-64 and ARM64.</remarks>
internal static unsafe partial class Libc
{
    public const int RLIMIT_CORE = 4, RLIMIT_NOFILE = 7, RLIMIT_MEMLOCK = 8;
    public const ulong RLIM_INFINITY = ulong.MaxValue;

    public struct struct_rlimit
    {
        public ulong rlim_cur;
        public ulong rlim_max;
    }

    [LibraryImport(Library, SetLastError = true)]
    public static partial int getrlimit(int resource, struct_rlimit* limit);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int setrlimit(int resource, struct_rlimit* limit);
}
