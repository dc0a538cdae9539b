using PfsVpn.Daemon.Launch;
using PfsVpn.Daemon.Platform;
using PfsVpn.Daemon.Windows;

namespace PfsVpn.Daemon;

/// <summary>
/// The program <c>pfsvpnd</c>. On Linux it runs twice: the first stage prepares the process and executes the program again, the second stage is
/// the daemon, in a process whose protections were there before its first thread. On Windows protections belong to the process, and it runs once.
/// </summary>
internal static class Program
{
    /// <summary>Not async: capabilities and no_new_privs belong to the thread that executes, and that is to be the main one.</summary>
    private static int Main(string[] arguments)
    {
        var line = CommandLine.Parse(arguments);
        switch (line.Kind)
        {
            case CommandKind.Help:
                StandardStreams.Write(StandardStreams.Output, OperatingSystem.IsWindows() ? WindowsWords.Help : CommandLine.Help);
                return 0;
            case CommandKind.Version:
                StandardStreams.Write(StandardStreams.Output, CommandLine.VersionText);
                return 0;
            case CommandKind.Wrong:
                StandardStreams.Complain(line.Error + ".\n" + (OperatingSystem.IsWindows() ? WindowsWords.Usage : CommandLine.Usage));
                return 1;
            default:
                if (OperatingSystem.IsWindows()) return WindowsStart.Run(line);
                return SecondStage.IsThisProcess ? DaemonProcess.Run(line, new LinuxPlatform()) : RunFirstStage(line);
        }
    }

    private static int RunFirstStage(CommandLine line)
    {
        try
        {
            var settings = DaemonSettings.From(line, Environment.GetEnvironmentVariable);
            return FirstStage.Run(settings);
        }
        catch (StartException exception)
        {
            StandardStreams.Complain(exception.Message);
            return 1;
        }
    }
}
