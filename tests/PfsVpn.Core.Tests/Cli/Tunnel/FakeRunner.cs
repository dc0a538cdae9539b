using PfsVpn.Cli.Tunnel;

namespace PfsVpn.Tests.Cli.Tunnel;

/// <summary>Programs that are not run but recorded, and answer what a test says.</summary>
internal sealed class FakeRunner : ICommandRunner
{
    /// <summary>What was run, each as one line; those that only look are not among it.</summary>
    public List<string> Ran { get; } = [];

    /// <summary>The texts that went to programs, by their line.</summary>
    public Dictionary<string, string> Inputs { get; } = new(StringComparer.Ordinal);

    /// <summary>Answers of programs that look, by their line.</summary>
    public Dictionary<string, string> Answers { get; } = new(StringComparer.Ordinal);

    /// <summary>The programs that there are.</summary>
    public HashSet<string> Programs { get; } = new(["ip", "nft", "sysctl", "resolvconf", "bash", "pfsvpnd"], StringComparer.Ordinal);

    /// <summary>Lines that fail.</summary>
    public HashSet<string> Failing { get; } = new(StringComparer.Ordinal);

    public CommandResult Run(CommandRequest request)
    {
        var line = request.ToString();
        if (Answers.TryGetValue(line, out var answer)) return new CommandResult(0, answer);
        var words = line.Split(' ');
        if (words.Contains("show", StringComparer.Ordinal) || words.Contains("get", StringComparer.Ordinal) || words.Contains("-n", StringComparer.Ordinal) || words.Contains("list", StringComparer.Ordinal))
            return new CommandResult(1);
        Ran.Add(line);
        if (request.Input is not null) Inputs[line] = request.Input;
        return Failing.Contains(line) ? new CommandResult(2, Error: "it is refused\n") : new CommandResult(0);
    }

    public string? Find(string program) => Programs.Contains(program) ? "/usr/bin/" + program : null;
}
