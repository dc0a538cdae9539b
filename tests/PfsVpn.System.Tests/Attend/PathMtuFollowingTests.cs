using System.Text.Json;
using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Attend;

/// <summary>A tunnel without an MTU in its file, and an IPv4 path to its endpoint that becomes smaller and larger while it is up: what MTU its interface has.</summary>
public sealed class PathMtuFollowingTests(ITestOutputHelper output) : PathMtuFollowing(output)
{
    [SystemFact]
    public Task A_link_in_the_middle_becomes_smaller_and_larger_and_the_tunnel_with_it() => FollowMiddleAsync("10.9.0.2", "10.9.0.2:51822", "-4");
}

/// <summary>The same for an IPv6 path, where routers do not cut packets.</summary>
public sealed class PathMtuFollowingIpv6Tests(ITestOutputHelper output) : PathMtuFollowing(output)
{
    [SystemFact]
    public Task A_link_in_the_middle_becomes_smaller_and_larger_and_the_tunnel_with_it() => FollowMiddleAsync("fd09::2", "[fd09::2]:51822", "-6");
}

/// <summary>The same for the first link of the path, which is the host's own.</summary>
public sealed class LinkMtuFollowingTests(ITestOutputHelper output) : PathMtuFollowing(output)
{
    [SystemFact]
    public async Task The_host_s_link_becomes_smaller_and_larger_and_a_tunnel_with_the_default_route_with_it()
    {
        await using var tunnel = await QuickTunnel.CreateAsync(new TestNetwork(Output));
        // Only by the default route, which the tunnel takes over: packets with the daemon's mark have a path to it, others would go into the tunnel.
        await TestNetwork.AddAddressesAsync(tunnel.Right.Host, "eth0", "10.12.0.2/32");
        await tunnel.Left.IpAsync("route add default via 10.9.0.2");
        tunnel.Write("Address = 10.77.0.1/24", "Endpoint = 10.12.0.2:51822\nAllowedIPs = 0.0.0.0/0");
        using var foreground = await StartAsync(tunnel);
        foreach (var mtu in (int[])[1400, 1500])
        {
            await tunnel.Left.IpAsync($"link set eth0 mtu {mtu}");
            await tunnel.Right.Host.IpAsync($"link set eth0 mtu {mtu}");
            await FollowsAsync(tunnel, mtu - Overhead);
            await tunnel.ReachAsync("10.99.0.1");
        }
        await EndAsync(foreground);
    }
}

/// <summary>What these tests have in common. The path is looked at every quarter of a minute, so that each runs beside the others.</summary>
public abstract class PathMtuFollowing(ITestOutputHelper output)
{
    /// <summary>What a message adds, with headers of IPv6.</summary>
    protected const int Overhead = 80;

    private const int Usual = 1500, Smaller = 1400, TooSmall = 1300, Smallest = 1280;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    protected ITestOutputHelper Output { get; } = output;

    /// <summary>A link between two routers becomes smaller, then as it was, then so small that the tunnel cannot follow.</summary>
    protected async Task FollowMiddleAsync(string address, string endpoint, string family)
    {
        var network = new TestNetwork(Output);
        var (left, router, right) = await network.AddRoutedHostsAsync();
        await using var tunnel = await QuickTunnel.CreateAsync(network, (left, right));
        tunnel.Write("Address = 10.77.0.1/24", $"Endpoint = {endpoint}\nAllowedIPs = 10.77.0.2/32");
        using var foreground = await StartAsync(tunnel);
        await tunnel.ReachAsync("10.77.0.2");

        await SetLinkAsync(Smaller);
        await HearOfItAsync(Smaller);
        await FollowsAsync(tunnel, Smaller - Overhead);
        await tunnel.ReachAsync("10.77.0.2");

        // What the kernel has learned expires after minutes, and is then as if it had never been.
        await SetLinkAsync(Usual);
        await left.IpAsync($"{family} route flush cache");
        await FollowsAsync(tunnel, Usual - Overhead);

        await SetLinkAsync(TooSmall);
        await HearOfItAsync(TooSmall);
        await FollowsAsync(tunnel, Smallest);
        await tunnel.ReachAsync("10.77.0.2");
        await EndAsync(foreground);

        async Task SetLinkAsync(int mtu)
        {
            await router.IpAsync($"link set eth1 mtu {mtu}");
            await right.IpAsync($"link set eth1 mtu {mtu}");
        }

        // The router's message answers a packet that is too large, whoever sent it.
        async Task HearOfItAsync(int mtu)
        {
            await left.TryRunAsync("ping", [family, "-M", "do", "-c1", "-W1", "-s1450", address]);
            Assert.Contains($"mtu {mtu}", await left.IpAsync($"route get {address}"), StringComparison.Ordinal);
        }
    }

    /// <summary>Takes the tunnel up, and returns when it has been looked after once.</summary>
    private protected static async Task<DaemonProcess> StartAsync(QuickTunnel tunnel)
    {
        using var manager = new ServiceManager();
        var foreground = manager.Start(tunnel);
        await manager.HeardAsync("READY=1");
        await manager.HeardAsync("WATCHDOG=1");
        Assert.Equal(Usual - Overhead, await MtuAsync(tunnel));
        return foreground;
    }

    private protected static Task FollowsAsync(QuickTunnel tunnel, int mtu) => Wait.UntilAsync($"an MTU of {mtu}", async () => await MtuAsync(tunnel) == mtu, Patience);

    private protected static async Task EndAsync(DaemonProcess foreground)
    {
        foreground.Signal(Syscalls.SIGTERM);
        Assert.Equal(0, await foreground.ExitAsync());
    }

    private static async Task<int> MtuAsync(QuickTunnel tunnel)
    {
        using var link = JsonDocument.Parse(await tunnel.Left.RunAsync("ip", "-j", "link", "show", "dev", tunnel.Name));
        return link.RootElement[0].GetProperty("mtu").GetInt32();
    }
}
