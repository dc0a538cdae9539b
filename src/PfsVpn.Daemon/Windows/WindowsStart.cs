using PfsVpn.Interop.Windows;

namespace PfsVpn.Daemon.Windows;

/// <summary>The start of the daemon on Windows: one process, always in the foreground of whoever started it.</summary>
internal static class WindowsStart
{
    /// <summary>Returns the exit code.</summary>
    public static int Run(CommandLine line)
    {
        if (line.Metrics is not null)
        {
            StandardStreams.Complain("--metrics is not for Windows' pfsvpnd: pfsvpn up --metrics, or pfsvpn metrics, serves the same.");
            return 1;
        }
        return DaemonProcess.Run(line with { Foreground = true }, new WindowsPlatform());
    }

    /// <summary>Ends the process at once.</summary>
    public static void End(int exitCode) => _ = Kernel32.TerminateProcess(Kernel32.GetCurrentProcess(), (uint)exitCode);
}
