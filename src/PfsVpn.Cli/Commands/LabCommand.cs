namespace PfsVpn.Cli.Commands;

/// <summary><c>lab</c>: experiments that show what forward secrecy is worth here, each a command of its own behind this word.</summary>
internal sealed class LabCommand : ICliCommand
{
    /// <summary>The experiments, in the order of the help.</summary>
    public static readonly IReadOnlyList<ICliCommand> Experiments = [new LabMemoryCommand(), new LabSeizureCommand(), new LabPoliciesCommand()];

    /// <summary>What the experiments start again as processes of their own: not in the help.</summary>
    private static readonly IReadOnlyList<ICliCommand> Hidden = [new LabHostCommand()];

    /// <inheritdoc/>
    public string Name => "lab";

    /// <inheritdoc/>
    public string Summary => "Experiments that show which keys are left in memory, and what a seizure would give away";

    /// <inheritdoc/>
    public string Arguments => $"{{ {string.Join(" | ", Experiments.Select(static experiment => experiment.Name))} }} [<args>]";

    /// <inheritdoc/>
    public string Details => string.Join('\n', Experiments.Select(static experiment => $"{experiment.Name} {experiment.Arguments}\n  {experiment.Summary}.\n"));

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        if (arguments.Count == 0) throw new UsageException();
        var experiment = Experiments.Concat(Hidden).FirstOrDefault(experiment => experiment.Name == arguments[0])
            ?? throw new UsageException($"There is no experiment `{arguments[0]}'");
        string[] words = [.. arguments.Skip(1)];
        if (words is ["help"]) return HelpText.Print(context, HelpText.Of(experiment, "lab "));
        try
        {
            return experiment.Run(context, words);
        }
        catch (UsageException wrong)
        {
            if (wrong.Message.Length != 0) context.Error.WriteLine(wrong.Message);
            context.Error.WriteLine(HelpText.Usage(experiment, "lab "));
            return 1;
        }
    }
}
