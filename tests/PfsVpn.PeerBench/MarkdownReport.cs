using System.Globalization;
using System.Text;

namespace PfsVpn.PeerBench;

/// <summary>docs/performance.md: what stands between the two marks is written anew by each run, what stands around them is kept.</summary>
internal static class MarkdownReport
{
    private const string Begin = "<!-- written by bench.sh: begin -->";
    private const string End = "<!-- written by bench.sh: end -->";

    /// <summary>Puts the new text in place of the old one.</summary>
    public static string Merge(string before, string text)
    {
        var marked = $"{Begin}\n{text}{End}\n";
        var (begin, end) = (before.IndexOf(Begin, StringComparison.Ordinal), before.IndexOf(End, StringComparison.Ordinal));
        return begin < 0 || end < begin ? "# Performance\n\n" + marked : before[..begin] + marked + before[(end + End.Length)..].TrimStart('\n');
    }

    /// <summary>The text between the marks.</summary>
    public static string Write(IReadOnlyList<ReportRow> rows, ResultSet results, MachineFacts facts, BenchOptions options)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            `./bench.sh` wrote this and can be run again anywhere: PfsVpn beside wireguard-go, {options.Rounds} rounds of {options.Seconds} s a flow, medians.
            Ratio is PfsVpn / wireguard-go. "by round" is the lowest and highest ratio of a single round. "must" and "aim" are what the project has set itself:
            for the ratio, or, with a unit, for PfsVpn's own figure. "reached" says which of the two is met.

            ![Ratios to wireguard-go, with what must and what should be reached](performance.svg)


            """);
        WriteTable(text, rows, options.Implementations);
        WriteFailures(text, results);
        text.Append("\n## Measured on\n\n");
        foreach (var (name, value) in facts.Facts) text.Append(CultureInfo.InvariantCulture, $"- {name}: {value}\n");
        text.Append(HowMeasured);
        return text.ToString();
    }

    private static void WriteTable(StringBuilder text, IReadOnlyList<ReportRow> rows, IReadOnlyList<Implementation> implementations)
    {
        var headings = ReportRow.Headings(implementations);
        AppendRow(text, headings);
        AppendRow(text, [.. headings.Select((_, column) => column < 2 ? "---" : "---:")]);
        foreach (var row in rows) AppendRow(text, row.Cells());
    }

    private static void AppendRow(StringBuilder text, IReadOnlyList<string> cells) => text.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", cells)} |\n");

    private static void WriteFailures(StringBuilder text, ResultSet results)
    {
        if (results.Failures.Count == 0) return;
        text.Append(CultureInfo.InvariantCulture, $"\nFailed measurements, which are missing above: {results.Failures.Count}\n\n");
        foreach (var failure in results.Failures) text.Append(CultureInfo.InvariantCulture, $"- {failure}\n");
    }

    private const string HowMeasured = """

        ## How

        Two network namespaces, joined by a veth pair with an MTU of 1500, are the two hosts; the same implementation runs at both ends, so that both ends, both
        daemons and iperf3 share the cores. The stock `wg` configures the tunnel, whose MTU is 1420. Each round has new hosts and new daemons, and each measurement
        is done with one implementation right after the other, in an order that turns with the round. Before the first flow, one second of TCP each way warms up.

        - TCP and UDP: iperf3, counted where the bytes arrive. "back": the right end sends. Flood: as many datagrams as iperf3 can make on the cores that are left.
        - CPU of daemons: utime + stime of all threads. CPU of the whole machine: all of /proc/stat that is not idle, iperf3 and the kernel's interrupt work included, nothing
          subtracted: work that is moved into the kernel does not disappear, and what the machine does besides is in it too. A GB is 10^9 bytes, a packet one that was delivered.
        - ping: every 10 ms; under load beside one TCP stream in the same direction.
        - Flood of initiations: a program on the left host that may use a third of a core sends the right end initiations with a valid mac1, from one address. The share
          compares with the same program sending the same datagrams to a port of the right host where nobody reads. A new peer, on the left host too: from the start of `ping` to its end.
        - Memory: VmRSS, the mean of both ends; proportional: PSS, in which shared pages count by share. At rest: one peer, handshake done, before any load. After load: behind
          all flows and floods. A MB is 10^6 bytes.
        - Time to ready: from the start of the process to the first answer of its control socket, polled each millisecond. Time to configure: `wg setconf` of 10,000 peers, one allowed IP
          each, the interface up.

        """;
}
