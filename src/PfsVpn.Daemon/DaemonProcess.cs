using System.Diagnostics;
using PfsVpn.Crypto;
using PfsVpn.Daemon.Launch;
using PfsVpn.Daemon.Logging;
using PfsVpn.Daemon.Platform;
using PfsVpn.Runtime;
using PfsVpn.Tun;

namespace PfsVpn.Daemon;

/// <summary>
/// The daemon itself, on Linux the second stage: prepares the process, starts the device, reports readiness, waits for the end.
/// </summary>
internal static class DaemonProcess
{
    /// <summary>Returns the exit code.</summary>
    /// <param name="line">The command line.</param>
    /// <param name="platform">What this system makes a daemon of.</param>
    public static int Run(CommandLine line, IDaemonPlatform platform)
    {
        platform.Protect();
        var clock = Stopwatch.StartNew();
        var reportTo = SecondStage.ReportTo;
        try
        {
            var settings = DaemonSettings.From(line, Environment.GetEnvironmentVariable).ForSecondStage(inBackground: reportTo is not null);
            platform.LeaveDirectory();
            NativeCrypto.Load();
            WarmUp.CheckChoice(Environment.GetEnvironmentVariable);
            return Run(settings, platform, reportTo, clock);
        }
        catch (Exception exception) when (IsExpected(exception))
        {
            if (reportTo is { } descriptor) StartReport.WriteFailure(descriptor, exception.Message);
            else StandardStreams.Complain(exception.Message);
            return 1;
        }
    }

    private static int Run(DaemonSettings settings, IDaemonPlatform platform, int? reportTo, Stopwatch clock)
    {
        using var output = new LogWriter(StandardStreams.Output, platform.Resolve(settings.LogFormat));
        var logger = new DaemonLogger(output, settings.InterfaceName, settings.MinimumLevel);
        using var requests = platform.ListenForEnd(settings.Foreground, logger);
        using var guard = new CrashGuard(logger, output.End);
        DaemonLog.Started(logger, CommandLine.Version, Environment.ProcessId);

        var life = LifeLine.Watch(settings.LifeDescriptor);
        // In the background there is a first stage that waits, and a service manager would be told by a process that it did not start.
        using var notifier = settings.Foreground ? SystemdNotifier.FromEnvironment() : null;
        using var device = RunningDevice.Start(settings, platform, guard, notifier, logger);
        DaemonLog.Ready(logger, clock.ElapsedMilliseconds, device.SocketPath);
        if (reportTo is { } descriptor && !StartReport.TryWriteReady(descriptor)) device.Stop(DeviceEnd.Stopped);
        notifier?.Ready();
        WarmUp.Start();
        device.WatchHost();

        var reason = WaitForEnd(device, requests, life);
        DaemonLog.Ending(logger, reason);
        notifier?.Stopping();
        device.Dispose();
        DaemonLog.Ended(logger);
        return device.Completion.Result is DeviceEnd.Failed or DeviceEnd.InterfaceFailed ? 1 : 0;
    }

    private static string WaitForEnd(RunningDevice device, IEndRequests requests, Task life)
    {
        var first = Task.WaitAny(device.Completion, requests.End, device.SocketDeleted, life);
        if (device.Completion.IsCompleted) return Words(device.Completion.Result);
        return first switch
        {
            1 => requests.End.Result,
            2 => Words(DeviceEnd.SocketDeleted),
            _ => "the program that it was started for has ended",
        };
    }

    private static string Words(DeviceEnd end) => end switch
    {
        DeviceEnd.InterfaceDeleted => "the interface was deleted",
        DeviceEnd.InterfaceFailed => "the interface failed",
        DeviceEnd.SocketDeleted => "the control socket was deleted",
        DeviceEnd.Failed => "a thread failed",
        _ => "asked to",
    };

    /// <summary>What can go wrong at the start without being a bug: each has a message for the user.</summary>
    private static bool IsExpected(Exception exception) =>
        exception is StartException or TunException or ControlSocketException or SecretMemoryException or DllNotFoundException or IOException or UnauthorizedAccessException;
}
