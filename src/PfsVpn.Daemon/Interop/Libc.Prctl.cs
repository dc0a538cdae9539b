using System.Runtime.InteropServices;

namespace PfsVpn.Daemon.Interop;

/// <summary>The C library as the life of the process needs it: <c>sys/prctl.h</c>.</summary>
/// <remarks>References: prctl(2). Values are those of Linux on every architecture. The data path's calls are in PfsVpn.Core.</remarks>
internal static unsafe partial class Libc
{
    private const string Library = "libc";

    public const int PR_GET_DUMPABLE = 3, PR_SET_DUMPABLE = 4, PR_CAPBSET_READ = 23, PR_CAPBSET_DROP = 24;
    public const int PR_SET_NO_NEW_PRIVS = 38, PR_GET_NO_NEW_PRIVS = 39, PR_CAP_AMBIENT = 47;
    public const int PR_CAP_AMBIENT_RAISE = 2, PR_CAP_AMBIENT_CLEAR_ALL = 4;

    [LibraryImport(Library, SetLastError = true)]
    public static partial int prctl(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);
}
