using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Cli.Windows.Native;

/// <summary>What <see cref="NativeProcess"/> is on Windows.</summary>
internal static class WindowsProcess
{
    /// <summary>No report of a crash is made, neither of this process nor of those that it starts, and none of its heap by those who ask for one all the same.</summary>
    public static void RefuseDumps()
    {
        _ = Kernel32.SetErrorMode(Kernel32.GetErrorMode() | Kernel32.SEM_FAILCRITICALERRORS | Kernel32.SEM_NOGPFAULTERRORBOX);
        _ = Kernel32.WerSetFlags(Kernel32.WER_FAULT_REPORTING_FLAG_NOHEAP);
    }

    /// <summary>Ends a process of ours and what it has started: Windows has no way to ask one without a console of its own.</summary>
    public static bool End(int process)
    {
        try
        {
            using var found = Process.GetProcessById(process);
            found.Kill(entireProcessTree: true);
            return true;
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException or Win32Exception or AggregateException)
        {
            return false;
        }
    }

    /// <summary>The moment a process was started, as text; null where there is none, or it may not be looked at.</summary>
    public static string? StartTimeOf(int process)
    {
        try
        {
            using var found = Process.GetProcessById(process);
            return found.HasExited ? null : found.StartTime.ToUniversalTime().Ticks.ToString(CultureInfo.InvariantCulture);
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException or Win32Exception)
        {
            return null;
        }
    }
}
