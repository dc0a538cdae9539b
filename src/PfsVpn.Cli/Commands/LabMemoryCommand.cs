using PfsVpn.Crypto;
using PfsVpn.Lab;
using PfsVpn.Lab.Memory.Experiment;

namespace PfsVpn.Cli.Commands;

/// <summary><c>lab memory</c>: searches all memory of a daemon for every secret that it shares with a test peer.</summary>
internal sealed class LabMemoryCommand : ICliCommand
{
    private const int SearchIsBlind = 2;

    /// <inheritdoc/>
    public string Name => "memory";

    /// <inheritdoc/>
    public string Summary => "Searches all memory of a daemon for keys that should not be there";

    /// <inheritdoc/>
    public string Arguments => "[<interface> | --daemon <path>] [--arena secret | locked] [--quick]";

    /// <inheritdoc/>
    public string Details =>
        """
        A test peer makes sessions with a daemon. Both ends of a handshake know the same secrets, so all readable memory of
        the daemon can be searched for them: raw, as hex and base64, as words spilled from registers, as limbs.

        Without an interface, pfsvpnd is started in a network namespace of its own, twice: with memfd_secret, and as on a
        kernel without it, where the keys that are alive can be seen in the arena. With one, a test peer is added to it for
        as long as it takes (4 minutes, with --quick 15 seconds), and other peers are not disturbed.

          --daemon PATH   another program with the command line of pfsvpnd, for comparison
          --arena         only one of the two runs
          --quick         without the three minutes of silence

        Exit code: 0 for no hit that must not be, 1 for any, 2 where the search does not find a key that is left in the open.
        """;

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        if (arguments is ["careless"]) return CarelessProcess.Hold(Console.In, Console.Out);
        var experiments = Parse(arguments);
        try
        {
            using var output = new StringWriter();
            if (Report(output, new CarelessProcess()))
            {
                context.Error.WriteLine("The search does not find a key that is left in the open: it would find nothing.");
                return SearchIsBlind;
            }
            var clean = RunAll(experiments);
            return clean ? 0 : 1;
        }
        catch (LabException failure)
        {
            throw new CliException(failure.Message);
        }
    }

    /// <summary>Runs experiments side by side, for they mostly wait, and reports one after the other.</summary>
    private static bool RunAll(IReadOnlyList<Func<IMemoryExperiment>> experiments)
    {
        var clean = true;
        var reports = experiments.Select(static start => Task.Run(() =>
        {
            var text = new StringWriter();
            return (Clean: Report(text, start()), Text: text.ToString());
        })).ToList();
        foreach (var report in reports)
        {
            var (isClean, text) = report.GetAwaiter().GetResult();
            Console.Out.Write(text);
            clean &= isClean;
        }
        return clean;
    }

    private static bool Report(TextWriter output, IMemoryExperiment experiment)
    {
        using (experiment) return MemoryReport.Write(output, experiment.Title, experiment.Run());
    }

    private static List<Func<IMemoryExperiment>> Parse(IReadOnlyList<string> arguments)
    {
        string? name = null, program = null, arena = null;
        var quick = false;
        for (var i = 0; i < arguments.Count; i++)
        {
            switch (arguments[i])
            {
                case "--daemon" when i + 1 < arguments.Count:
                    program = arguments[++i];
                    break;
                case "--arena" when i + 1 < arguments.Count && arguments[i + 1] is "secret" or "locked":
                    arena = arguments[++i];
                    break;
                case "--quick":
                    quick = true;
                    break;
                case var word when name is null && !word.StartsWith('-'):
                    name = word;
                    break;
                default:
                    throw new UsageException($"Invalid argument: `{arguments[i]}'");
            }
        }
        if (program is not null && !File.Exists(program)) throw new CliException($"--daemon: there is no file {program}");
        if (name is not null) return program is null && arena is null ? [() => new InterfaceExperiment(name, quick)] : throw new UsageException();
        return OwnDaemons(program, arena, quick);
    }

    private static List<Func<IMemoryExperiment>> OwnDaemons(string? program, string? arena, bool quick)
    {
        var options = new MemoryExperimentOptions { Program = program ?? FindDaemon(), IsQuick = quick };
        var experiments = new List<Func<IMemoryExperiment>>();
        if (arena != "locked") experiments.Add(() => new MemoryExperiment(options));
        if (arena == "locked" || (arena is null && program is null)) experiments.Add(() => new MemoryExperiment(options with { WithoutMemfdSecret = true }));
        if (program is null && arena != "secret") experiments.Add(static () => new HostedExperiment(SecretArenaKind.LockedMemory));
        return experiments;
    }

    /// <summary>pfsvpnd beside this program, or the first one in the PATH.</summary>
    private static string FindDaemon()
    {
        const string daemon = "pfsvpnd";
        string[] folders = [AppContext.BaseDirectory, .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)];
        return folders.Select(static folder => Path.Combine(folder, daemon)).FirstOrDefault(File.Exists)
            ?? throw new CliException($"There is no {daemon} beside pfsvpn or in the PATH; --daemon names one.");
    }
}
