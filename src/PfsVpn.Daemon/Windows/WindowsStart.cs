using PfsVpn.Interop.Windows;

namespace PfsVpn.Daemon.Windows;

/// <summary>The start of the daemon on Windows: one process, always in the foreground of whoever started it, and one beside it where metrics are wanted.</summary>
internal static class WindowsStart
{
    /// <summary>Returns the exit code.</summary>
    public static int Run(CommandLine line)
    {
        try
        {
            using var metrics = MetricsProcess.Start(DaemonSettings.From(line, Environment.GetEnvironmentVariable));
            return DaemonProcess.Run(line with { Foreground = true }, new WindowsPlatform());
        }
        catch (StartException refused)
        {
            StandardStreams.Complain(refused.Message);
            return 1;
        }
    }

    /// <summary>Ends the process at once.</summary>
    public static void End(int exitCode) => _ = Kernel32.TerminateProcess(Kernel32.GetCurrentProcess(), (uint)exitCode);
}
