using System.Globalization;
using System.Runtime.InteropServices;

namespace PfsVpn.Cli.Rootless;

/// <summary>The program's run as seen from outside: signals go on to it, a stop of it is one of ours, and its end is the result.</summary>
/// <remarks>
/// It is in our process group, as in a pipeline: what the terminal's keys send reaches it without our help, and is not sent twice. References: setpgid(2), waitpid(2), termios(3).
/// Signals are caught until this process ends, which it does after the run: one that ended the program may reach us late, and must not end us before all is put away.
/// </remarks>
internal sealed class ProgramRun
{
    /// <summary>Signals of the terminal's keys.</summary>
    private static readonly int[] KeySignals = [NativeProgram.SIGINT, NativeProgram.SIGQUIT];

    private static readonly int[] OtherSignals = [NativeProgram.SIGTERM, NativeProgram.SIGHUP, NativeProgram.SIGUSR1, NativeProgram.SIGUSR2];

    private static readonly List<PosixSignalRegistration> Registrations = [];

    private readonly Lock _gate = new();
    private int _process;
    private int _pending;

    /// <summary>From now on signals wait for the program, but those that this process was started to ignore: the program ignores them too.</summary>
    public ProgramRun()
    {
        var ignored = IgnoredSignals();
        foreach (var number in KeySignals.Concat(OtherSignals))
        {
            if ((ignored & (1UL << (number - 1))) == 0) Registrations.Add(PosixSignalRegistration.Create((PosixSignal)number, context => Take(number, context)));
        }
        NativeProgram.HearOfChildren();
    }

    /// <summary>The program is there.</summary>
    public void Attach(int process)
    {
        lock (_gate)
        {
            _process = process;
            if (_pending != 0) NativeProgram.Signal(process, _pending);
        }
    }

    /// <summary>Waits for the program's end. Returns its exit code, or 128 and the number of the signal that ended it.</summary>
    public int Wait()
    {
        int status;
        while (true)
        {
            var found = NativeProgram.Wait(_process, NativeProgram.WUNTRACED, out status);
            if (found < 0) throw new CliException($"the program's end cannot be waited for: {NativeFile.Describe(-found)}", ExecCommand.OwnFailure);
            if ((status & 0xFF) != 0x7F) break;
            FollowStop();
        }
        // Its number may be another process's from now on.
        lock (_gate) _process = 0;
        return (status & 0x7F) == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F);
    }

    /// <summary>How a process ended, in words.</summary>
    public static string Ending(int status) =>
        (status & 0x7F) == 0 ? string.Create(CultureInfo.InvariantCulture, $"exit code {(status >> 8) & 0xFF}") : string.Create(CultureInfo.InvariantCulture, $"signal {status & 0x7F}");

    private void Take(int number, PosixSignalContext context)
    {
        context.Cancel = true;
        lock (_gate)
        {
            // One that came before there was a program is for it as well: set-up must end, too.
            if (_process == 0) _pending = number;
            else if (!KeySignals.Contains(number) || !NativeProgram.SharesGroup(_process) || !NativeProgram.IsInForeground()) NativeProgram.Signal(_process, number);
        }
    }

    /// <summary>A shell that stopped itself in a group of its own would leave us waiting and its user without a terminal: whoever started us is to have it back.</summary>
    private void FollowStop()
    {
        if (NativeProgram.SharesGroup(_process)) return;
        NativeProgram.StopSelf();
        NativeProgram.Signal(_process, NativeProgram.SIGCONT);
    }

    private static ulong IgnoredSignals()
    {
        const string Key = "SigIgn:";
        var line = File.ReadLines("/proc/self/status").FirstOrDefault(static line => line.StartsWith(Key, StringComparison.Ordinal));
        return line is not null && ulong.TryParse(line.AsSpan(Key.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var ignored) ? ignored : 0;
    }
}
