using System.Globalization;
using System.Runtime.InteropServices;
using PfsVpn.Cli.Commands;
using PfsVpn.Cli.Reload;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Runtime;

namespace PfsVpn.Cli.Attend;

/// <summary><c>up --foreground</c>: takes a tunnel up, looks after it, and takes it down when it is asked to end. Tells a service manager how it does.</summary>
/// <remarks>References: sd_notify(3). Between taking up, reloading and taking down it holds no key. Threading: one thread; signals only leave a note.</remarks>
internal sealed class ForegroundTunnel(CliContext context, UpOptions options)
{
    private const string StateItem = "foreground.pid";

    /// <summary>The daemon is asked at least this often whether it lives.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly string _nameOrPath = options.Tunnel[0];
    private volatile bool _stop, _reload;
    private Attendant? _attendant;
    private string _name = "";

    /// <summary>Whether a program in the foreground looks after a tunnel.</summary>
    public static bool Runs(CliContext context, string name) => ProcessMark.Find(context, name, StateItem) is not null;

    /// <summary>Runs until a signal comes or the tunnel ends. Returns the exit code.</summary>
    /// <exception cref="CliException">The tunnel cannot be taken up, or not be taken down.</exception>
    public int Run()
    {
        using var notifier = SystemdNotifier.FromEnvironment(context.Environment);
        // What is started from here must not speak in our name.
        foreach (var variable in (string[])[SystemdNotifier.SocketVariable, SystemdNotifier.WatchdogVariable, SystemdNotifier.WatchdogProcessVariable])
            Environment.SetEnvironmentVariable(variable, null);
        // From here to the end: there is no moment at which a signal would end this program and leave the tunnel.
        using var term = Catch(PosixSignal.SIGTERM, () => _stop = true);
        using var interrupt = Catch(PosixSignal.SIGINT, () => _stop = true);
        using var hangup = Catch(PosixSignal.SIGHUP, () => _reload = true);
        TakeUp();
        ProcessMark.Write(context, _name, StateItem);
        try
        {
            using (_attendant = Attend())
            {
                Stay(notifier, _attendant);
                notifier.Stopping();
                _attendant.End();
            }
        }
        finally
        {
            ProcessMark.Remove(context, _name, StateItem);
        }
        return _stop ? TakeDown() : TakeRestDown();
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
    }

    private Attendant Attend()
    {
        using var applied = AppliedFile.Read(context, _name) ?? throw new CliException($"{_name}: what was taken up is not remembered");
        return new Attendant(context, AttendPlan.Of(applied, _name), context.Error.WriteLine);
    }

    /// <summary>Returns when a signal wants the end, or the daemon is gone.</summary>
    private void Stay(SystemdNotifier notifier, Attendant attendant)
    {
        var told = Status(attendant);
        notifier.Ready(told);
        var longest = notifier.WatchdogTimeout / 2 is { } half && half < LongestPause ? half : LongestPause;
        while (!_stop)
        {
            if (_reload) Reload(notifier, told);
            if (attendant.Step() is not { } pause) return;
            if (attendant.IsAnswered) notifier.Watchdog();
            var status = Status(attendant);
            if (status != told) notifier.Status(told = status);
            if (!_stop && !_reload) attendant.Wait(pause < longest ? pause : longest);
        }
    }

    private void Reload(SystemdNotifier notifier, string status)
    {
        _reload = false;
        notifier.Reloading();
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
        notifier.Ready(status);
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
        var all = DownPlanner.Plan(host, applied, new FileInfo(_nameOrPath).FullName, device);
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
        var hooks = new TunnelPlan();
        new TunnelHooks(applied, new FileInfo(_nameOrPath).FullName).AddDown(hooks);
        var plan = new TunnelPlan();
        plan.Add(TunnelStage.FirewallEnd, "take away what the daemon left behind", TunnelLeftovers.Clear);
        foreach (var step in hooks.Steps.Where(static step => step.Stage == TunnelStage.PostDown)) plan.Add(step);
        TunnelTransaction.RunAll(plan, host, static _ => false);
        return 1;
    }

    private PosixSignalRegistration Catch(PosixSignal signal, Action note) => PosixSignalRegistration.Create(signal, caught =>
    {
        caught.Cancel = true;
        note();
        _attendant?.Wake();
    });
}
