namespace PfsVpn.Cli.Tunnel;

/// <summary>What a step acts on: the system, through programs that are printed as they run; or nothing but the print, for a dry run.</summary>
/// <remarks>Threading: one thread.</remarks>
internal sealed class TunnelHost(CliContext context, string interfaceName, bool dryRun)
{
    /// <summary>That of a program that SIGINT ended.</summary>
    private const int InterruptedExitCode = 128 + 2;

    public CliContext Context { get; } = context;

    /// <summary>The name of the interface.</summary>
    public string Interface { get; } = interfaceName;

    /// <summary>Whether steps are only printed.</summary>
    public bool DryRun { get; } = dryRun;

    /// <summary>What the daemon is started with before the interface's name.</summary>
    public IReadOnlyList<string> DaemonArguments { get; set; } = [];

    /// <summary>Variables that the daemon gets beside those of this program.</summary>
    public IReadOnlyDictionary<string, string> DaemonVariables { get; set; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Cancelled by SIGINT, SIGTERM and SIGHUP as long as steps are done; never while they are taken back.</summary>
    public CancellationToken Interruption { get; set; }

    /// <summary>Runs a program that changes something, after printing it.</summary>
    /// <exception cref="CliException">It failed; the message has its words.</exception>
    public void Run(string program, params string[] arguments) => Run(new CommandRequest(program, arguments));

    /// <summary>The same with all that can be said about it.</summary>
    /// <exception cref="CliException">It failed; the message has its words.</exception>
    public void Run(CommandRequest request)
    {
        Print(request.ToString());
        if (DryRun)
        {
            PrintInput(request.Input);
            return;
        }
        var result = Context.Commands.Run(request with { Interruption = Interruption });
        // At a terminal, a second Ctrl-C meets also the programs that take things back.
        if (result.ExitCode == InterruptedExitCode && !Interruption.CanBeCanceled) result = Context.Commands.Run(request);
        if (!result.Succeeded) throw new CliException($"{request}: {result.Reason}");
        foreach (var said in (string[])[result.Output, result.Error])
            if (said.Length != 0) Context.Error.Write(said);
    }

    /// <summary>Does something that is no program, after printing it.</summary>
    /// <param name="shown">The line to show, as a command that would do the same where there is one.</param>
    /// <param name="action">What to do.</param>
    public void Act(string shown, Action action)
    {
        Print(shown);
        if (!DryRun) action();
    }

    /// <summary>Runs a program that only looks, silently, in a dry run too.</summary>
    public CommandResult Query(string program, params string[] arguments) => Context.Commands.Run(new CommandRequest(program, arguments));

    /// <summary>Waits, unless the user interrupts it.</summary>
    /// <exception cref="OperationCanceledException">The user did.</exception>
    public void Pause(TimeSpan time)
    {
        Interruption.ThrowIfCancellationRequested();
        if (!Interruption.CanBeCanceled) Context.Sleep(time);
        else if (Interruption.WaitHandle.WaitOne(time)) Interruption.ThrowIfCancellationRequested();
    }

    /// <summary>Waits until something is so, but not for longer than <paramref name="limit"/>. Returns whether it is.</summary>
    public bool WaitUntil(Func<bool> condition, TimeSpan limit, TimeSpan pause)
    {
        for (var waited = TimeSpan.Zero; !condition(); waited += pause)
        {
            if (waited >= limit) return false;
            Pause(pause);
        }
        return true;
    }

    /// <summary>Tells the user something.</summary>
    public void Say(string text) => Context.Error.WriteLine(text);

    private void Print(string line) => Say("[#] " + line);

    private void PrintInput(string? input)
    {
        foreach (var line in (input ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries)) Say("    " + line);
    }
}
