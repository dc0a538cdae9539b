using System.Runtime.InteropServices;
using PfsVpn.Cli.Commands;
using PfsVpn.Cli.Output;

namespace PfsVpn.Cli.Metrics;

/// <summary><c>metrics</c>: what the daemons count, for Prometheus. A process of its own: the one that holds keys listens on no TCP port.</summary>
internal sealed class MetricsCommand : ICliCommand
{
    /// <inheritdoc/>
    public string Name => "metrics";

    /// <inheritdoc/>
    public string Summary => "Serves traffic, handshakes, drops, keys and offloads of the interfaces for Prometheus";

    /// <inheritdoc/>
    public string Arguments => "[<interface>...] [--listen <address>:<port>|unix:<path>] [--once] [--log-format text|json]";

    /// <inheritdoc/>
    public string Details =>
        """
        Asks the daemons over their control sockets, at most once a second, and answers GET /metrics in Prometheus' text format, or in OpenMetrics
        where the scraper prefers it. Without interfaces all are asked, those too that come later. Daemons other than pfsvpnd say traffic and
        handshakes only. It gives up all capabilities, and never holds a key of a pfsvpnd. docs/metrics.md lists every metric.

          --listen ADDRESS:PORT  127.0.0.1:9586 where it is not given. Another address than this host's own is reachable by others: there is no
                                 password, and public keys and names of peers are among the labels
          --listen unix:PATH     a unix socket that only the user of this process can use
          --once                 prints the text and ends, for the textfile collector of node_exporter
          --log-format FORMAT    text (the default), with priorities where the journal reads it; or json

        pfsvpn up --metrics ADDRESS:PORT starts this beside the tunnel's daemon, and it ends with the daemon.
        """;

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        var settings = MetricsSettings.Parse(arguments, context.Environment);
        var collector = new MetricsCollector(context.ControlDirectory, settings.Names, context.Clock);
        return settings.Once ? Print(context, collector) : Serve(context, settings, collector);
    }

    private static int Print(CliContext context, MetricsCollector collector)
    {
        var (values, complaints) = collector.Collect();
        context.Output.Write(values.ToText(openMetrics: false));
        foreach (var complaint in complaints) context.Error.WriteLine(complaint);
        return complaints.Count == 0 ? 0 : 1;
    }

    private static int Serve(CliContext context, MetricsSettings settings, MetricsCollector collector)
    {
        var log = ServiceLog.Of(context, "metrics", settings.Format);
        using var report = new ReadyReport(settings.ReportTo);
        try
        {
            if (ReducedProcess.Enter(context.Environment) is { } refused) log.Warn("goes on with its capabilities: " + refused);
            using var listener = MetricsListener.Open(settings.Address);
            using var end = new CancellationTokenSource();
            using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => End(signal, end));
            using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => End(signal, end));
            if (settings.EndsWith is { } descriptor) EndOfPipe.Watch(descriptor, end);
            log.Info($"serves {Interfaces(settings)} on {settings.Address}; {ReducedProcess.Describe()}");
            if (settings.Address.Exposure is { } exposure) log.Warn(exposure);
            report.Ready();
            Serve(listener, settings, collector, log, end.Token).GetAwaiter().GetResult();
            log.Info("ended");
            return 0;
        }
        catch (CliException refused) when (report.IsWanted)
        {
            report.Failed(refused.Message);
            return refused.ExitCode;
        }
    }

    private static async Task Serve(MetricsListener listener, MetricsSettings settings, MetricsCollector collector, ServiceLog log, CancellationToken end)
    {
        var complained = new HashSet<string>(StringComparer.Ordinal);
        var cache = new MetricsCache(Collect, TimeProvider.System);
        using var server = new MetricsServer(listener.Socket, settings.Address.IsLocal, cache.GetAsync);
        await server.RunAsync(end).ConfigureAwait(false);

        MetricSet Collect()
        {
            var (values, complaints) = collector.Collect();
            // Once for each: a scrape every few seconds would fill the log.
            foreach (var complaint in complaints.Where(complained.Add)) log.Warn(complaint);
            complained.IntersectWith(complaints);
            return values;
        }
    }

    private static void End(PosixSignalContext signal, CancellationTokenSource end)
    {
        signal.Cancel = true;
        end.Cancel();
    }

    private static string Interfaces(MetricsSettings settings) => settings.Names.Count == 0 ? "all interfaces" : string.Join(", ", settings.Names);
}
