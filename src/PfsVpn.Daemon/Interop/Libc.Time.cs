using System.Runtime.InteropServices;

namespace PfsVpn.Daemon.Interop;

/// <summary>Local time: <c>time.h</c>. The framework's time zones would cost megabytes for one time stamp in the log.</summary>
/// <remarks>References: localtime_r(3), tm(3type).</remarks>
internal static unsafe partial class Libc
{
    public struct struct_tm
    {
        public int tm_sec;
        public int tm_min;
        public int tm_hour;
        public int tm_mday;
        public int tm_mon;
        public int tm_year;
        public int tm_wday;
        public int tm_yday;
        public int tm_isdst;
        public nint tm_gmtoff;
        public nint tm_zone;
    }

    [LibraryImport(Library)]
    public static partial struct_tm* localtime_r(long* seconds, struct_tm* result);
}
