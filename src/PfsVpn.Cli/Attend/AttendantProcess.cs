using System.Diagnostics;
using System.Globalization;
using PfsVpn.Cli.Tunnel;

namespace PfsVpn.Cli.Attend;

/// <summary>
/// The attendant of a tunnel as a process of its own: started behind <c>up</c>, found again by a file with its process id and the moment it was started, so that a process that got the same id later is
/// left alone.
/// </summary>
internal static class AttendantProcess
{
    private const int SIGKILL = 9, SIGTERM = 15;
    private const string PidItem = "attend.pid", LogItem = "attend.log";

    /// <summary>Hooks run when it ends, within their limit.</summary>
    private static readonly TimeSpan EndLimit = Attendant.HookLimit + TimeSpan.FromSeconds(5);

    /// <summary>Where the attendant of a tunnel writes what it has to say.</summary>
    public static string LogPath(CliContext context, string name) => new TunnelState(context, name).PathOf(LogItem);

    /// <summary>Starts the attendant and returns when it attends.</summary>
    /// <exception cref="CliException">It cannot be started, or ended at once; the message has its words.</exception>
    public static void Start(CliContext context, string name)
    {
        var start = new ProcessStartInfo(OwnProgram.Path, [AttendCommand.Word, name]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            if (process.StandardOutput.ReadLine() == AttendCommand.ReadyLine) return;
            process.WaitForExit();
            throw new CliException($"the attendant ended at once: {process.StandardError.ReadToEnd().Trim()}");
        }
        catch (System.ComponentModel.Win32Exception refused)
        {
            throw new CliException($"{OwnProgram.Path}: cannot be started: {refused.Message}");
        }
    }

    /// <summary>The process id of the attendant of a tunnel, or null where none runs.</summary>
    public static int? Find(CliContext context, string name) => ProcessMark.Find(context, name, PidItem);

    /// <summary>Ends the attendant, if one runs, and waits until it is gone. Its hooks for peers that are connected run before.</summary>
    public static void End(CliContext context, string name)
    {
        if (Find(context, name) is { } process)
        {
            NativeProcess.Signal(process, SIGTERM);
            var watch = Stopwatch.StartNew();
            while (Find(context, name) == process)
            {
                if (watch.Elapsed > EndLimit) NativeProcess.Signal(process, SIGKILL);
                context.Sleep(TimeSpan.FromMilliseconds(20));
            }
        }
        new TunnelState(context, name).Remove(PidItem);
    }

    /// <summary>Forgets what an attendant that has ended left behind.</summary>
    public static void Forget(CliContext context, string name)
    {
        var state = new TunnelState(context, name);
        state.Remove(PidItem);
        state.Remove(LogItem);
    }

    /// <summary>This process is the attendant from now on.</summary>
    /// <exception cref="CliException">Another one runs already.</exception>
    public static void Register(CliContext context, string name)
    {
        if (Find(context, name) is { } other) throw new CliException(string.Create(CultureInfo.InvariantCulture, $"{name} has an attendant already: process {other}"));
        ProcessMark.Write(context, name, PidItem);
    }
}
