namespace PfsVpn.PeerBench;

/// <summary>Two hosts and a cable: two network namespaces joined by a veth pair.</summary>
internal sealed class Bed : IDisposable
{
    /// <summary>The address of the left host on the cable.</summary>
    public const string LeftAddress = "192.0.2.1";

    /// <summary>The address of the right host on the cable.</summary>
    public const string RightAddress = "192.0.2.2";

    private Bed(NetworkNamespace left, NetworkNamespace right, string prefix) => (Left, Right, InterfacePrefix) = (left, right, prefix);

    /// <summary>The host that sends.</summary>
    public NetworkNamespace Left { get; }

    /// <summary>The host that receives.</summary>
    public NetworkNamespace Right { get; }

    /// <summary>What names of interfaces begin with: unique on the machine, since control sockets of all namespaces share one folder.</summary>
    public string InterfacePrefix { get; }

    /// <summary>Makes it. bench.sh removes what begins with "bench-" and the run's id, should this process not come to it.</summary>
    public static async Task<Bed> CreateAsync(string runId, int number, CancellationToken stop)
    {
        var left = await NetworkNamespace.CreateAsync($"bench-{runId}-{number}-left", stop);
        NetworkNamespace? right = null;
        try
        {
            right = await NetworkNamespace.CreateAsync($"bench-{runId}-{number}-right", stop);
            await Shell.RunAsync("ip", ["link", "add", "eth0", "netns", left.Name, "type", "veth", "peer", "name", "eth0", "netns", right.Name], Shell.Short, stop);
            foreach (var (host, address) in new[] { (left, LeftAddress), (right, RightAddress) })
            {
                await host.IpAsync($"address add {address}/24 dev eth0", stop);
                await host.IpAsync("link set eth0 up", stop);
            }
            return new Bed(left, right, $"bench{runId}{number}");
        }
        catch
        {
            left.Dispose();
            right?.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Left.Dispose();
        Right.Dispose();
    }
}
