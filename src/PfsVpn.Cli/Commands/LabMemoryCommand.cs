using PfsVpn.Lab;
using PfsVpn.Lab.Memory.Experiment;

namespace PfsVpn.Cli.Commands;

/// <summary><c>lab memory</c>: searches all memory of a daemon for every secret that it shares with a test peer.</summary>
internal sealed class LabMemoryCommand : ICliCommand
{
    /// <inheritdoc/>
    public string Name => "memory";

    /// <inheritdoc/>
    public string Summary => "Searches the memory of a daemon for keys, live and dead";

    /// <inheritdoc/>
    public string Arguments => "[--daemon <path>] [--arena secret|locked] [--quick]";

    /// <inheritdoc/>
    public string Details =>
        """
        A daemon is started in a network namespace of its own, and a test peer makes sessions with it.
        """;

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        var options = new MemoryExperimentOptions { Program = Path.Combine(AppContext.BaseDirectory, "pfsvpnd") };
        for (var i = 0; i < arguments.Count; i++)
        {
            options = arguments[i] switch
            {
                "--daemon" when i + 1 < arguments.Count => options with { Program = arguments[++i] },
                "--arena" when i + 1 < arguments.Count => options with { WithoutMemfdSecret = arguments[++i] == "locked" },
                "--environment" when i + 1 < arguments.Count => options with { Environment = new Dictionary<string, string>(StringComparer.Ordinal) { [arguments[++i].Split('=')[0]] = arguments[i].Split('=')[1] } },
                "--quick" => options with { IsQuick = true },
                _ => throw new UsageException($"Invalid argument: `{arguments[i]}'"),
            };
        }
        try
        {
            using var experiment = new MemoryExperiment(options);
            return MemoryReport.Write(Console.Out, experiment.Run()) ? 0 : 1;
        }
        catch (LabException failure)
        {
            throw new CliException(failure.Message);
        }
    }
}
