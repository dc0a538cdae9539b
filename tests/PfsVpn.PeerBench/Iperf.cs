using System.Diagnostics;
using System.Globalization;

namespace PfsVpn.PeerBench;

/// <summary>Runs iperf3 through a tunnel: the server at the right end, for one test, and the client at the left.</summary>
internal static class Iperf
{
    // Starting, the control connection through a flooded tunnel, and the end.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(12);

    /// <summary>One test of some seconds to <paramref name="address"/>; <paramref name="arguments"/> are the client's own.</summary>
    public static async Task<IperfResult> RunAsync(Tunnel tunnel, string address, int seconds, IReadOnlyList<string> arguments, CancellationToken stop)
    {
        var server = tunnel.Bed.Right.Start("iperf3", ["--server", "--one-off", "--forceflush"]);
        try
        {
            await ListeningAsync(server, stop);
            string[] all = ["--client", address, "--time", seconds.ToString(CultureInfo.InvariantCulture), "--json", "--connect-timeout", "5000", .. arguments];
            return IperfResult.Parse(await tunnel.Bed.Left.RunAsync("iperf3", all, TimeSpan.FromSeconds(seconds) + Slack, stop));
        }
        finally
        {
            Shell.Kill(server);
            server.Dispose();
        }
    }

    private static async Task ListeningAsync(Process server, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Shell.Short);
        try
        {
            while (await server.StandardOutput.ReadLineAsync(limit.Token) is { } line)
            {
                if (line.Contains("listening", StringComparison.OrdinalIgnoreCase)) return;
            }
        }
        catch (OperationCanceledException e) when (!stop.IsCancellationRequested)
        {
            throw new BenchException("the iperf3 server did not listen in time", e);
        }
        throw new BenchException("the iperf3 server ended at once");
    }
}
