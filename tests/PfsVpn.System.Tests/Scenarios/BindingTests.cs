using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Scenarios;

/// <summary>What the daemon's sockets are bound to changes while a session goes on, and peers have names.</summary>
public sealed class BindingTests(ITestOutputHelper output)
{
    [SystemTheory, MemberData(nameof(Pairs.LeftIsTested), MemberType = typeof(Pairs))]
    public async Task The_sockets_are_bound_anew_and_the_session_goes_on(Implementation left, Implementation right)
    {
        if (left != Implementation.PfsVpn) return;
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, left, right);
        await tunnel.ConnectAsync();
        var session = (await tunnel.Left.PeerAsync(tunnel.Right)).LatestHandshake;
        using var ping = Pinger.Open(tunnel.Left.Interior, Tunnel.RightV4);
        foreach (var binding in new[] { "bind-device eth0", "bind-address 10.9.0.1", "bind-address 10.9.0.1,fd09::1", "bind-address off bind-device off" })
        {
            await tunnel.Left.SetOwnAsync(binding);
            await ping.UntilAnsweredAsync();
        }

        // By lo there is no way to the peer.
        await tunnel.Left.SetOwnAsync("bind-device lo");
        Assert.Null(await ping.TryPingAsync(bound: TimeSpan.FromSeconds(1)));
        await tunnel.Left.SetOwnAsync("bind-device eth0");
        await ping.UntilAnsweredAsync();

        // What cannot be bound is refused, and nothing changes.
        Assert.Contains("No such device", await RefusedAsync(tunnel, "bind-device", "nolink0"), StringComparison.Ordinal);
        Assert.Contains("Cannot assign requested address", await RefusedAsync(tunnel, "bind-address", "10.9.0.77"), StringComparison.Ordinal);
        await ping.UntilAnsweredAsync();
        Assert.Contains("bound to: eth0\n", await tunnel.Left.Host.RunAsync(Programs.Cli, "show", tunnel.Left.Interface), StringComparison.Ordinal);
        Assert.Equal(session, (await tunnel.Left.PeerAsync(tunnel.Right)).LatestHandshake);

        // The interface goes, and comes back with another number.
        await tunnel.Left.Host.IpAsync("link del eth0");
        await TestNetwork.ConnectAsync(tunnel.Left.Host, tunnel.Right.Host, "eth0");
        await TestNetwork.AddAddressesAsync(tunnel.Right.Host, "eth0", "10.9.0.2/24", "fd09::2/64");
        await TestNetwork.AddAddressesAsync(tunnel.Left.Host, "eth0", "10.9.0.1/24", "fd09::1/64");
        await ping.UntilAnsweredAsync();
        Assert.Equal(session, (await tunnel.Left.PeerAsync(tunnel.Right)).LatestHandshake);
    }

    [SystemTheory, MemberData(nameof(Pairs.LeftIsTested), MemberType = typeof(Pairs))]
    public async Task A_peer_has_a_name_that_people_see_and_wg_does_not(Implementation left, Implementation right)
    {
        if (left != Implementation.PfsVpn) return;
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, left, right);
        var (wg, dump) = (await ShowAsync(tunnel, "wg"), await tunnel.Left.Host.RunAsync("wg", "show", tunnel.Left.Interface, "dump"));
        await tunnel.Left.SetOwnAsync($"peer {tunnel.Right.PublicKey} name laptop");
        Assert.Equal(wg, await ShowAsync(tunnel, "wg"));
        Assert.Equal(dump, await tunnel.Left.Host.RunAsync("wg", "show", tunnel.Left.Interface, "dump"));
        Assert.Equal(wg.Replace(tunnel.Right.PublicKey + "\n", tunnel.Right.PublicKey + "\n  name: laptop\n", StringComparison.Ordinal), await ShowAsync(tunnel, Programs.Cli));
        await tunnel.ConnectAsync();
        await tunnel.Left.Daemon.LineAsync("peer(laptop ", "connected");
        Assert.Contains("  name: laptop\n", await tunnel.Left.Host.RunAsync(Programs.Cli, "secrecy", tunnel.Left.Interface), StringComparison.Ordinal);
        Assert.Equal("laptop", (await tunnel.Left.SecrecyAsync()).GetProperty("peers")[0].GetProperty("name").GetString());
    }

    private static Task<string> ShowAsync(Tunnel tunnel, string program) => tunnel.Left.Host.RunAsync(program, "show", tunnel.Left.Interface);

    private static async Task<string> RefusedAsync(Tunnel tunnel, params string[] words)
    {
        var result = await tunnel.Left.Host.TryRunAsync(Programs.Cli, ["set", tunnel.Left.Interface, .. words]);
        Assert.NotEqual(0, result.ExitCode);
        return result.Error;
    }
}
