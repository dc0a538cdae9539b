using System.Globalization;
using PfsVpn.Cli.Commands;
using PfsVpn.Cli.Reload;
using PfsVpn.Cli.Tunnel;

namespace PfsVpn.Cli.Attend;

/// <summary><c>up --foreground</c>, and what a service runs: takes a tunnel up, looks after it, and takes it down when it is asked to end. Tells whoever supervises it how it does.</summary>
/// <remarks>Between taking up, reloading and taking down it holds no key. Threading: one thread; requests only leave a note.</remarks>
internal sealed class ForegroundTunnel(CliContext context, UpOptions options, Func<ISupervisor> supervise)
{
    private const string StateItem = "foreground.pid";

    /// <summary>The daemon is asked at least this often whether it lives.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly string _nameOrPath = options.Tunnel[0];
    private bool _stop, _reload;
    private Attendant? _attendant;
    private string _name = "";

    /// <summary>Whether a program in the foreground looks after a tunnel.</summary>
    public static bool Runs(CliContext context, string name) => ProcessMark.Find(context, name, StateItem) is not null;

    /// <summary>Runs until it is asked to end, or the tunnel ends. Returns the exit code.</summary>
    /// <exception cref="CliException">The tunnel cannot be taken up, or not be taken down.</exception>
    public int Run()
    {
        using var supervisor = supervise();
        // From here to the end: there is no moment at which a request would end this program and leave the tunnel.
        supervisor.Listen(() => Note(ref _stop), () => Note(ref _reload));
        TakeUp();
        ProcessMark.Write(context, _name, StateItem);
        try
        {
            using (_attendant = Attend())
            {
                Stay(supervisor, _attendant);
                supervisor.Stopping();
                _attendant.End();
            }
        }
        finally
        {
            ProcessMark.Remove(context, _name, StateItem);
        }
        return Volatile.Read(ref _stop) ? TakeDown() : TakeRestDown();
    }

    private static string Status(Attendant attendant)
    {
        var (all, connected) = attendant.Peers;
        return all == 0 ? "up" : string.Create(CultureInfo.InvariantCulture, $"up; {connected} of {all} attended {(all == 1 ? "peer" : "peers")} connected");
    }

    private void TakeUp()
    {
        using var run = TunnelRun.Open(context, "up", [_nameOrPath], mayBeDry: false);
        _name = run.Host.Interface;
        UpCommand.TakeUp(run, options);
        run.Host.Say($"{_name} is up");
    }

    private Attendant Attend()
    {
        using var applied = AppliedFile.Read(context, _name) ?? throw new CliException($"{_name}: what was taken up is not remembered");
        return new Attendant(context, AttendPlan.Of(applied, _name), context.Error.WriteLine);
    }

    /// <summary>Returns when a signal wants the end, or the daemon is gone.</summary>
    private void Stay(ISupervisor supervisor, Attendant attendant)
    {
        var told = Status(attendant);
        supervisor.Ready(told);
        var longest = supervisor.WatchdogTimeout / 2 is { } half && half < LongestPause ? half : LongestPause;
        while (!Volatile.Read(ref _stop))
        {
            if (Volatile.Read(ref _reload)) Reload(supervisor, told);
            if (attendant.Step() is not { } pause) return;
            if (attendant.IsAnswered) supervisor.Watchdog();
            var status = Status(attendant);
            if (status != told) supervisor.Status(told = status);
            if (!Volatile.Read(ref _stop) && !Volatile.Read(ref _reload)) attendant.Wait(pause < longest ? pause : longest);
        }
    }

    private void Reload(ISupervisor supervisor, string status)
    {
        Volatile.Write(ref _reload, false);
        supervisor.Reloading();
        try
        {
            using var run = TunnelRun.Open(context, "reload", [_nameOrPath], mayBeDry: false);
            ReloadCommand.Run(run);
        }
        catch (CliException failure)
        {
            context.Fail(failure.Message);
            status = "up; the file could not be reloaded";
        }
        supervisor.Ready(status);
    }

    private int TakeDown()
    {
        TunnelRun run;
        try
        {
            run = TunnelRun.Open(context, "down", [_nameOrPath], mayBeDry: false);
        }
        catch (CliException broken)
        {
            context.Fail(broken.Message);
            TakeDownAsTakenUp();
            return 0;
        }
        using (run) DownCommand.TakeDown(run);
        return 0;
    }

    /// <summary>The file cannot be used any more, and the tunnel has to go all the same. Nothing is saved into a file that somebody is changing.</summary>
    private void TakeDownAsTakenUp()
    {
        using var applied = AppliedFile.Read(context, _name) ?? throw new CliException($"{_name}: what was taken up is not remembered");
        var host = new TunnelHost(context, _name, dryRun: false);
        host.Say($"Warning: {_name} is taken down as it was taken up.");
        using var device = DeviceAccess.Read(context, _name);
        var all = context.Plans.Down(host, applied, new FileInfo(_nameOrPath).FullName, device, liftsKillSwitch: false);
        var plan = new TunnelPlan();
        foreach (var step in all.Steps.Where(static step => step.Stage != TunnelStage.Save)) plan.Add(step);
        TunnelTransaction.RunAll(plan, host, static _ => false);
    }

    /// <summary>The daemon is gone. Where somebody took the tunnel down that was meant; else the rest goes, and only a kill switch stays.</summary>
    private int TakeRestDown()
    {
        using var applied = AppliedFile.Read(context, _name);
        if (applied is null)
        {
            context.Error.WriteLine($"{_name} was taken down.");
            return 0;
        }
        var host = new TunnelHost(context, _name, dryRun: false);
        context.Fail($"{_name}: the daemon has ended; what it left is taken down.");
        var plan = context.Plans.Rest(host, applied, new FileInfo(_nameOrPath).FullName);
        TunnelTransaction.RunAll(plan, host, static _ => false);
        return 1;
    }

    private void Note(ref bool request)
    {
        Volatile.Write(ref request, true);
        _attendant?.Wake();
    }
}
