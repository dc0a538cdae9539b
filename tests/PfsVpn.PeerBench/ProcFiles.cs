using System.Globalization;

namespace PfsVpn.PeerBench;

/// <summary>Reads figures out of the texts of /proc.</summary>
internal static class ProcFiles
{
    // USER_HZ: what /proc counts in, 100 on every architecture that this runs on, whatever the kernel's own tick is.
    private const double TicksPerSecond = 100;

    /// <summary>utime + stime of all threads, in seconds, out of /proc/PID/stat. The program's name before them may contain anything.</summary>
    public static double ProcessSeconds(string stat)
    {
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        // After the name: field 3 of proc(5) is fields[0], so utime (14) and stime (15) are 11 and 12.
        return (Number(fields[11]) + Number(fields[12])) / TicksPerSecond;
    }

    /// <summary>Seconds, over all processors, in which the machine was not idle, out of /proc/stat. Time stolen by the hypervisor is not ours.</summary>
    public static double BusySeconds(string stat)
    {
        var fields = stat[..stat.IndexOf('\n', StringComparison.Ordinal)].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        // cpu user nice system idle iowait irq softirq steal guest guest_nice; user has guest in it.
        return (Number(fields[1]) + Number(fields[2]) + Number(fields[3]) + Number(fields[6]) + Number(fields[7])) / TicksPerSecond;
    }

    /// <summary>The value of a line "name:  1234 kB" in kilobytes; null where there is none.</summary>
    public static double? Kilobytes(string text, string name)
    {
        foreach (var line in text.Split('\n'))
        {
            if (line.StartsWith(name + ":", StringComparison.Ordinal)) return Number(line[(name.Length + 1)..].Replace("kB", "", StringComparison.Ordinal).Trim());
        }
        return null;
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
