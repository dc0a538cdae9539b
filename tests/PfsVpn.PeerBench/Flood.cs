using System.Diagnostics;
using System.Globalization;

namespace PfsVpn.PeerBench;

/// <summary>A flood that goes on until it is disposed: on the left host, at the right one.</summary>
internal sealed class Flood : IDisposable
{
    private const int DiscardPort = 9;

    private readonly Process _flooder;
    private readonly Process? _discard;

    private Flood(Process flooder, Process? discard) => (_flooder, _discard) = (flooder, discard);

    /// <summary>Gives the hosts the addresses that floods come from, whether they have them already or not.</summary>
    public static async Task PrepareAsync(Bed bed, CancellationToken stop)
    {
        await bed.Left.IpAsync($"address replace {Flooder.SourceOf(0, 1)}/24 dev eth0", stop);
        await bed.Left.IpAsync($"route replace local {Flooder.Crowd} dev lo", stop);
        await bed.Right.IpAsync($"route replace {Flooder.Crowd} via {Bed.LeftAddress}", stop);
    }

    /// <summary>Starts the flooder and waits until it sends.</summary>
    /// <param name="tunnel">Whose right end is flooded.</param>
    /// <param name="sources">How many addresses the flood comes from.</param>
    /// <param name="discarded">The same datagrams go to a port of the right host where nobody reads them.</param>
    /// <param name="stop">Ends the wait.</param>
    public static async Task<Flood> StartAsync(Tunnel tunnel, int sources, bool discarded, CancellationToken stop)
    {
        var key = (await tunnel.Bed.Right.RunAsync("wg", ["show", tunnel.Right.InterfaceName, "public-key"], Shell.Short, stop)).Trim();
        var target = string.Create(CultureInfo.InvariantCulture, $"{Bed.RightAddress}:{(discarded ? DiscardPort : Tunnel.Port)}");
        Process? discard = null;
        Process? flooder = null;
        try
        {
            if (discarded) await BeganAsync(discard = Start(tunnel.Bed.Right, "discard", target), stop);
            await BeganAsync(flooder = Start(tunnel.Bed.Left, "flood", target, key, sources.ToString(CultureInfo.InvariantCulture)), stop);
            return new Flood(flooder, discard);
        }
        catch
        {
            End(flooder);
            End(discard);
            throw;
        }
    }

    /// <summary>Ends it, and returns how many datagrams it sent a second.</summary>
    public async Task<double> EndAsync(CancellationToken stop)
    {
        _flooder.StandardInput.Close();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Shell.Short);
        try
        {
            var line = await _flooder.StandardOutput.ReadLineAsync(limit.Token);
            return double.TryParse(line, CultureInfo.InvariantCulture, out var rate) ? rate : throw new BenchException("the flooder ended early");
        }
        catch (OperationCanceledException e) when (!stop.IsCancellationRequested)
        {
            throw new BenchException("the flooder did not end", e);
        }
    }

    public void Dispose()
    {
        End(_flooder);
        End(_discard);
    }

    private static Process Start(NetworkNamespace where, params string[] arguments) =>
        where.Start(Environment.ProcessPath!, ["exec", typeof(Flooder).Assembly.Location, .. arguments]);

    private static async Task BeganAsync(Process process, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Shell.Short);
        try
        {
            if (await process.StandardOutput.ReadLineAsync(limit.Token) != Flooder.Began) throw new BenchException("the flooder did not begin");
        }
        catch (OperationCanceledException e) when (!stop.IsCancellationRequested)
        {
            throw new BenchException("the flooder did not begin in time", e);
        }
    }

    private static void End(Process? process)
    {
        if (process is null) return;
        Shell.Kill(process);
        process.Dispose();
    }
}
