using System.Globalization;
using System.Text;
using PfsVpn.Daemon.Interop;

namespace PfsVpn.Daemon.Hardening;

/// <summary>
/// The runtime of the first stage opens diagnostics ports in the folder for temporary files, and removes them when it ends in order. Where
/// the process executes the second stage in place there is no such end, so they are removed by hand.
/// </summary>
/// <remarks>
/// References: the runtime's diagnostics IPC protocol: names carry the process id and, against reuse of ids, the moment of its start in clock ticks, field 22 of
/// /proc/self/stat (proc_pid_stat(5)).
/// </remarks>
internal static unsafe class DiagnosticsFiles
{
    private const int StartTimeField = 22;

    /// <summary>Removes those of this process; there may be none. What is left behind at worst is a socket that nobody listens on.</summary>
    public static void RemoveOwn()
    {
        foreach (var path in OwnPaths())
        {
            fixed (byte* start = Encoding.UTF8.GetBytes(path + "\0")) _ = Libc.unlink(start);
        }
    }

    /// <summary>Where those of this process would be, whichever stage made them: both have one process id and one start.</summary>
    public static string[] OwnPaths()
    {
        if (SmallFile.Read("/proc/self/stat\0"u8) is not { } status) return [];
        var folder = Path.GetTempPath();
        var own = Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "-" + StartTime(status);
        return [folder + "dotnet-diagnostic-" + own + "-socket", folder + "clr-debug-pipe-" + own + "-in", folder + "clr-debug-pipe-" + own + "-out"];
    }

    private static string StartTime(ReadOnlySpan<byte> status)
    {
        // The second field is the program's name in brackets, which may hold spaces and brackets itself.
        var rest = status[(status.LastIndexOf((byte)')') + 1)..];
        for (var field = 2; field < StartTimeField; field++) rest = rest[(rest.IndexOf((byte)' ') + 1)..];
        var end = rest.IndexOf((byte)' ');
        return Encoding.ASCII.GetString(end < 0 ? rest : rest[..end]);
    }
}
