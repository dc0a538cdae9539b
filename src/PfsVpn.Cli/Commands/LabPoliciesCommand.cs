using PfsVpn.Lab.Policies;

namespace PfsVpn.Cli.Commands;

/// <summary><c>lab policies</c>: how much a seizure exposes under different ways to keep keys, by one model.</summary>
internal sealed class LabPoliciesCommand : ICliCommand
{
    /// <inheritdoc/>
    public string Name => "policies";

    /// <inheritdoc/>
    public string Summary => "Compares how much traffic a seizure exposes under different ways to keep keys";

    /// <inheritdoc/>
    public string Arguments => "[--svg <file>]";

    /// <inheritdoc/>
    public string Details =>
        """
        One model for all: when each key is made, what it opens, when it is destroyed. It prints the share of a day's recorded traffic that a seizure
        at a random moment opens, the longest exposure, what is taken for granted, and what shorter lives of keys cost on this machine.

          --svg   writes the chart to a file
        """;

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        var words = new LabWords(arguments);
        var picture = words.Text("--svg");
        words.Finish();
        var rows = PolicyReport.Compute();
        HelpText.Print(context, $"{PolicyReport.Of(rows)}\n{PolicyReport.Costs(HandshakeCost.Measure())}");
        if (picture is not null) LabWords.WriteFile(picture, PolicyPlot.Write(rows));
        return 0;
    }
}
