using System.Runtime.InteropServices;
using System.Text;
using PfsVpn.Cli.Commands;

namespace PfsVpn.Cli.Attend;

/// <summary><c>attend</c>: what <c>up</c> starts to look after a tunnel. Not shown in the help: of no use by hand.</summary>
internal sealed class AttendCommand : ICliCommand
{
    /// <summary>Its name.</summary>
    public const string Word = "attend";

    /// <summary>What it prints when it attends. Nothing else is printed: it writes into its log.</summary>
    public const string ReadyLine = "attending";

    /// <inheritdoc/>
    public string Name => Word;

    /// <inheritdoc/>
    public string Summary => "Looks after a tunnel that is up";

    /// <inheritdoc/>
    public string Arguments => "<interface>";

    /// <inheritdoc/>
    public string Details => "";

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        if (arguments is not [var name]) throw new UsageException();
        using var applied = AppliedFile.Read(context, name) ?? throw new CliException($"{name} was not taken up by pfsvpn");
        var plan = AttendPlan.Of(applied, name);
        using var log = new AttendLog(AttendantProcess.LogPath(context, name));
        Attend(context, plan, log);
        return 0;
    }

    private static void Attend(CliContext context, AttendPlan plan, AttendLog log)
    {
        using var stop = new CancellationTokenSource();
        using var attendant = new Attendant(context, plan, log.Write);
        using var ending = Catch(PosixSignal.SIGTERM, stop.Cancel);
        using var interrupted = Catch(PosixSignal.SIGINT, stop.Cancel);
        AttendantProcess.Register(context, plan.Interface);
        context.Output.Write(Encoding.UTF8.GetBytes(ReadyLine + "\n"));
        log.TakeOverStreams();
        while (!stop.IsCancellationRequested)
        {
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
}
