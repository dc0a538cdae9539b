using System.Runtime.InteropServices;
using PfsVpn.Cli.Commands;

namespace PfsVpn.Cli.Attend;

/// <summary><c>attend</c>: what <c>up</c> starts to look after a tunnel. Not shown in the help: of no use by hand.</summary>
internal sealed class AttendCommand : ICliCommand
{
    /// <summary>Its name.</summary>
    public const string Word = "attend";

    /// <inheritdoc/>
    public string Name => Word;

    /// <inheritdoc/>
    public string Summary => "Looks after a tunnel that is up";

    /// <inheritdoc/>
    public string Arguments => "<interface> <configuration filename>";

    /// <inheritdoc/>
    public string Details => "";

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        if (arguments is not [var name, var file]) throw new UsageException();
        var plan = AttendFile.Read(context, name, file);
        using var log = new AttendLog(AttendantProcess.LogPath(context, name));
        try
        {
            Attend(context, plan, file, log);
        }
        finally
        {
            // Not before its hooks have run: whoever takes the tunnel down waits for this.
            AttendantProcess.Unregister(context, name);
        }
        return 0;
    }

    private static void Attend(CliContext context, AttendPlan plan, string file, AttendLog log)
    {
        using var stop = new CancellationTokenSource();
        using var attendant = new Attendant(context, plan, log.Write);
        var reload = 0;
        using var ending = Catch(PosixSignal.SIGTERM, stop.Cancel);
        using var interrupted = Catch(PosixSignal.SIGINT, stop.Cancel);
        using var reloading = Catch(PosixSignal.SIGHUP, () => Interlocked.Exchange(ref reload, 1));
        AttendantProcess.Register(context, plan.Interface);
        log.TakeOverStreams();
        while (!stop.IsCancellationRequested)
        {
            if (Interlocked.Exchange(ref reload, 0) == 1) Replace(context, attendant, plan.Interface, file, log);
            if (attendant.Step() is not { } pause) break;
            attendant.Wait(pause);
        }
        attendant.End();

        PosixSignalRegistration Catch(PosixSignal signal, Action action) => PosixSignalRegistration.Create(signal, caught =>
        {
            caught.Cancel = true;
            action();
            attendant.Wake();
        });
    }

    private static void Replace(CliContext context, Attendant attendant, string name, string file, AttendLog log)
    {
        try
        {
            attendant.Replace(AttendFile.Read(context, name, file));
        }
        catch (CliException unusable)
        {
            log.Write($"the file is not read again: {unusable.Message}");
        }
    }
}
