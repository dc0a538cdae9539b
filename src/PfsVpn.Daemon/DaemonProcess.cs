using System.Diagnostics;
using PfsVpn.Crypto;
using PfsVpn.Daemon.Hardening;
using PfsVpn.Daemon.Interop;
using PfsVpn.Daemon.Launch;
using PfsVpn.Daemon.Logging;
using PfsVpn.Runtime;
using PfsVpn.Tun;

namespace PfsVpn.Daemon;

/// <summary>
/// The second stage, the daemon itself: prepares the process, starts the device, reports readiness, waits for the end.
/// </summary>
internal static class DaemonProcess
{
    /// <summary>Returns the exit code.</summary>
    public static int Run(CommandLine line)
    {
        ProcessProtections.ForbidDumps();
        var clock = Stopwatch.StartNew();
        var reportTo = SecondStage.ReportTo;
        try
        {
            var settings = DaemonSettings.From(line, Environment.GetEnvironmentVariable).ForSecondStage(inBackground: reportTo is not null);
            LeaveDirectory();
            NativeCrypto.Load();
            WarmUp.CheckChoice(Environment.GetEnvironmentVariable);
            return Run(settings, reportTo, clock);
        }
        catch (Exception exception) when (IsExpected(exception))
        {
            if (reportTo is { } descriptor) StartReport.WriteFailure(descriptor, exception.Message);
            else StandardStreams.Complain(exception.Message);
            return 1;
        }
    }

    private static int Run(DaemonSettings settings, int? reportTo, Stopwatch clock)
    {
        using var output = new LogWriter(StandardStreams.Output, ResolveFormat(settings.LogFormat));
        var logger = new DaemonLogger(output, settings.InterfaceName, settings.MinimumLevel);
        using var signals = new Signals(settings.Foreground, logger);
        using var guard = new CrashGuard(logger);
        DaemonLog.Started(logger, CommandLine.Version, Environment.ProcessId);

        var life = LifeLine.Watch(settings.LifeDescriptor);
        // In the background there is a first stage that waits, and a service manager would be told by a process that it did not start.
        using var notifier = settings.Foreground ? SystemdNotifier.FromEnvironment() : null;
        using var device = RunningDevice.Start(settings, guard, notifier, logger);
        DaemonLog.Ready(logger, clock.ElapsedMilliseconds, device.SocketPath);
        if (reportTo is { } descriptor && !StartReport.TryWriteReady(descriptor)) device.Stop(DeviceEnd.Stopped);
        notifier?.Ready();
        WarmUp.Start();
        device.WatchHost();

        var reason = WaitForEnd(device, signals, life);
        DaemonLog.Ending(logger, reason);
        notifier?.Stopping();
        device.Dispose();
        DaemonLog.Ended(logger);
        return device.Completion.Result == DeviceEnd.Failed ? 1 : 0;
    }

    private static LogFormat ResolveFormat(LogFormat wanted) => wanted != LogFormat.Auto ? wanted
        : JournalStream.Is(StandardStreams.Output, Environment.GetEnvironmentVariable("JOURNAL_STREAM")) ? LogFormat.Journal : LogFormat.Text;

    private static string WaitForEnd(RunningDevice device, Signals signals, Task life)
    {
        var first = Task.WaitAny(device.Completion, signals.End, device.SocketDeleted, life);
        if (device.Completion.IsCompleted) return Words(device.Completion.Result);
        return first switch
        {
            1 => signals.End.Result,
            2 => Words(DeviceEnd.SocketDeleted),
            _ => "the program that it was started for has ended",
        };
    }

    private static string Words(DeviceEnd end) => end switch
    {
        DeviceEnd.InterfaceDeleted => "the interface was deleted",
        DeviceEnd.SocketDeleted => "the control socket was deleted",
        DeviceEnd.Failed => "a thread failed",
        _ => "asked to",
    };

    /// <summary>A daemon keeps no file system busy. Not in the first stage: its arguments may name the program relative to the folder it was started in.</summary>
    private static unsafe void LeaveDirectory()
    {
        fixed (byte* root = "/\0"u8) _ = Libc.chdir(root);
    }

    /// <summary>What can go wrong at the start without being a bug: each has a message for the user.</summary>
    private static bool IsExpected(Exception exception) =>
        exception is StartException or TunException or ControlSocketException or SecretMemoryException or DllNotFoundException or IOException or UnauthorizedAccessException;
}
