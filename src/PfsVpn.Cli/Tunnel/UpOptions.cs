using PfsVpn.Cli.Commands;
using PfsVpn.Cli.Metrics;
using PfsVpn.Cli.Output;
using PfsVpn.Cli.Provision;

namespace PfsVpn.Cli.Tunnel;

/// <summary>The words behind <c>up</c>.</summary>
/// <param name="Tunnel">What is left for <see cref="TunnelRun.Open"/>: the name or file, and --dry-run.</param>
/// <param name="InForeground">Whether the program stays.</param>
/// <param name="Metrics">Where a process beside the daemon serves metrics, or null for none.</param>
/// <param name="Format">How the log of a program that stays looks, and that of its daemon.</param>
internal sealed record UpOptions(IReadOnlyList<string> Tunnel, bool InForeground, ListenAddress? Metrics, LogFormat Format)
{
    /// <summary>The option that stays.</summary>
    public const string Foreground = "--foreground";

    /// <summary>The option for metrics.</summary>
    public const string MetricsOption = "--metrics";

    /// <summary>Reads them.</summary>
    /// <exception cref="UsageException">They are not those of the command.</exception>
    public static UpOptions Parse(IReadOnlyList<string> words, Func<string, string?> variable)
    {
        var given = new OptionWords(words, [TunnelRun.DryRunOption, Foreground], [MetricsOption, LogFormats.Option]);
        if (given.Plain.Count != 1) throw new UsageException();
        var (dry, stays, format) = (given.Has(TunnelRun.DryRunOption), given.Has(Foreground), given.Text(LogFormats.Option));
        if (dry && stays) throw new UsageException($"{TunnelRun.DryRunOption} changes nothing, so there is nothing to stay for: leave {Foreground} out");
        if (format is not null && !stays) throw new UsageException($"{LogFormats.Option} is for {Foreground}: without it nothing is logged here");
        IReadOnlyList<string> tunnel = dry ? [given.Plain[0], TunnelRun.DryRunOption] : given.Plain;
        var address = given.Text(MetricsOption) is { } text ? ListenAddress.Read(text) : null;
        return new UpOptions(tunnel, stays, address, stays ? LogFormats.Read(format, variable) : LogFormat.Text);
    }

    /// <summary>What the daemon is started with before the interface's name. Without options nothing: other daemons than pfsvpnd know none.</summary>
    public string[] DaemonArguments => Metrics is null ? [] : [MetricsOption, Metrics.ToString()];

    /// <summary>Variables for the daemon. A variable rather than an option: those that do not know it pass it over. Empty is text, or what the journal wants.</summary>
    public IReadOnlyDictionary<string, string> DaemonVariables { get; } =
        InForeground ? new Dictionary<string, string>(StringComparer.Ordinal) { [LogFormats.Variable] = Format == LogFormat.Json ? "json" : "" } : new Dictionary<string, string>(StringComparer.Ordinal);
}
