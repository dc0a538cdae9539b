using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Attend;

/// <summary>Endpoints given by name: name servers that are down, names that move, addresses that do not answer.</summary>
public sealed class NameTests(ITestOutputHelper output)
{
    [SystemFact]
    public async Task A_tunnel_comes_up_while_no_name_can_be_looked_up_and_connects_when_one_can_and_calls_its_hooks()
    {
        await using var tunnel = await QuickTunnel.CreateAsync(new TestNetwork(output));
        var hook = $"echo \"$PFSVPN_EVENT %i $PFSVPN_PEER_NAME $PFSVPN_ENDPOINT\" >> {tunnel.Notes}";
        tunnel.Write($"Address = 10.77.0.1/24\n#! OnConnect = {hook}", $"#! Name = right\nEndpoint = vpn.example:51822\nAllowedIPs = 10.77.0.2/32\nPersistentKeepalive = 25\n#! OnDisconnect = {hook}");
        var up = await tunnel.UpAsync();
        Assert.Contains("Temporary failure in name resolution", up.Error, StringComparison.Ordinal);
        Assert.Equal("(none)", await tunnel.EndpointAsync());
        tunnel.SetHosts("10.9.0.2 vpn.example\n");
        await tunnel.ConnectedAsync();
        await Wait.UntilAsync("the hook", () => File.Exists(tunnel.Notes));
        await tunnel.DownAsync();
        Assert.Equal([$"connect {tunnel.Name} right 10.9.0.2:51822", $"disconnect {tunnel.Name} right 10.9.0.2:51822"], File.ReadAllLines(tunnel.Notes));
        Assert.False(Directory.Exists("/run/pfsvpn/" + tunnel.Name));
    }

    [SystemFact]
    public async Task A_name_that_does_not_exist_is_an_error_and_nothing_is_left()
    {
        await using var tunnel = await QuickTunnel.CreateAsync(new TestNetwork(output));
        tunnel.Write("Address = 10.77.0.1/24", "Endpoint = vpn..example:51822\nAllowedIPs = 10.77.0.2/32");
        var up = await tunnel.TryRunAsync("up");
        Assert.Equal(1, up.ExitCode);
        Assert.Contains($"{tunnel.File}:6: Endpoint: ", up.Error, StringComparison.Ordinal);
        Assert.NotEqual(0, (await tunnel.Left.TryRunAsync("ip", ["link", "show", tunnel.Name])).ExitCode);
    }
}

/// <summary>The same for a name whose address changes.</summary>
public sealed class MovedNameTests(ITestOutputHelper output)
{
    [SystemFact]
    public async Task A_name_is_looked_up_again_when_its_address_does_not_answer()
    {
        await using var tunnel = await QuickTunnel.CreateAsync(new TestNetwork(output));
        tunnel.SetHosts("10.9.0.9 vpn.example\n");
        tunnel.Write("Address = 10.77.0.1/24", "Endpoint = vpn.example:51822\nAllowedIPs = 10.77.0.2/32\nPersistentKeepalive = 1");
        await tunnel.UpAsync();
        Assert.Equal("10.9.0.9:51822", await tunnel.EndpointAsync());
        tunnel.SetHosts("10.9.0.2 vpn.example\n");
        await tunnel.ConnectedAsync();
        Assert.Equal("10.9.0.2:51822", await tunnel.EndpointAsync());
    }
}

/// <summary>The same for a name with addresses of both families.</summary>
public sealed class BothFamiliesTests(ITestOutputHelper output)
{
    [SystemFact]
    public async Task A_dead_IPv6_address_of_a_name_gives_way_to_its_IPv4_address()
    {
        await using var tunnel = await QuickTunnel.CreateAsync(new TestNetwork(output));
        tunnel.SetHosts("fd09::9 vpn.example\n10.9.0.2 vpn.example\n");
        tunnel.Write("Address = 10.77.0.1/24", "Endpoint = vpn.example:51822\nAllowedIPs = 10.77.0.2/32\nPersistentKeepalive = 1");
        await tunnel.UpAsync();
        Assert.Equal("[fd09::9]:51822", await tunnel.EndpointAsync());
        await tunnel.ConnectedAsync();
        Assert.Equal("10.9.0.2:51822", await tunnel.EndpointAsync());
    }
}
