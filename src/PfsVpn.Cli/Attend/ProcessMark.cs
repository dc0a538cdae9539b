using System.Globalization;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Cli.Windows.Native;

namespace PfsVpn.Cli.Attend;

/// <summary>An item of a tunnel's state that names a process: its id and the moment it was started, so that one that got the same id later is not taken for it.</summary>
internal static class ProcessMark
{
    /// <summary>Names this process.</summary>
    public static void Write(CliContext context, string name, string item)
    {
        var id = Environment.ProcessId;
        new TunnelState(context, name).Write(item, string.Create(CultureInfo.InvariantCulture, $"{id} {StartTimeOf(id)}\n"));
    }

    /// <summary>The process, or null where it has ended, or none was named.</summary>
    public static int? Find(CliContext context, string name, string item)
    {
        var words = new TunnelState(context, name).Read(item)?.Split(' ', StringSplitOptions.TrimEntries);
        return words is [var id, var start] && int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var process) && StartTimeOf(process) == start ? process : null;
    }

    /// <summary>Takes the name of this process away again.</summary>
    public static void Remove(CliContext context, string name, string item)
    {
        if (Find(context, name, item) == Environment.ProcessId) new TunnelState(context, name).Remove(item);
    }

    /// <summary>Clock ticks from boot to the start of a process, on Windows the moment itself, as text; null where there is none, or it has ended and only waits for its parent.</summary>
    private static string? StartTimeOf(int process)
    {
        if (OperatingSystem.IsWindows()) return WindowsProcess.StartTimeOf(process);
        try
        {
            var status = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"));
            // The name, in brackets, may hold anything. Behind it stands field 3, the state; the start is field 22.
            var fields = status[(status.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : fields[19];
        }
        catch (Exception absent) when (absent is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
