using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Everyday;

/// <summary>A client, broken in many ways: doctor names the cause before what it causes, and what it says to do helps.</summary>
public sealed class DoctorClientTests(ITestOutputHelper output)
{
    [SystemFact]
    public async Task A_client_is_told_what_is_wrong_and_how_to_mend_it()
    {
        await using var network = new TestNetwork(output) { LogLevel = "error" };
        var (left, right, bed, _) = await DoctorTunnel.CreateAsync(network);
        var server = DoctorTunnel.Server(right);
        await bed.AssertWellAsync();
        await bed.AssertFoundAsync("interface", "is down", $"ip link set {left.Interface} up",
            () => left.Host.IpAsync($"link set {left.Interface} down"), () => left.Host.IpAsync($"link set {left.Interface} up"));
        await bed.AssertFoundAsync("interface", "lacks the address 10.77.0.1", "pfsvpn reload",
            () => left.Host.IpAsync($"address del 10.77.0.1/24 dev {left.Interface}"), () => left.Host.IpAsync($"address add 10.77.0.1/24 dev {left.Interface}"));
        await bed.AssertFoundAsync("routes", "10.78.0.0/24 of", $"ip route add 10.78.0.0/24 dev {left.Interface}",
            () => bed.ConfigureAsync(server with { AllowedIps = "10.77.0.2/32, 10.78.0.0/24" }), () => left.Host.IpAsync($"route add 10.78.0.0/24 dev {left.Interface}"));
        await bed.ConfigureAsync(server);
        await bed.AssertFoundAsync("firewall", "drops UDP to 10.9.0.2", "let it out",
            () => left.Host.NftAsync($"table inet broken {{ chain output {{ type filter hook output priority 0; udp dport {DoctorTunnel.RightPort} drop; }}; }}"), () => left.Host.NftAsync("delete table inet broken"));
        await bed.AssertFoundAsync("endpoint", "there is no way to", "connect this host",
            () => left.Host.IpAsync("address del 10.9.0.1/24 dev eth0"), () => left.Host.IpAsync("address add 10.9.0.1/24 dev eth0"));
        await bed.AssertFoundAsync("endpoint", "a loop", "ExcludedIPs = 10.9.0.2",
            () => left.Host.IpAsync($"route add 10.9.0.2/32 dev {left.Interface}"), () => left.Host.IpAsync($"route del 10.9.0.2/32 dev {left.Interface}"));
        await bed.AssertFoundAsync("endpoint", "nobody listens on its UDP port 5999", "correct the port",
            () => bed.ConfigureAsync(server with { Endpoint = "10.9.0.2:5999" }), () => bed.ConfigureAsync(server));
        await bed.AssertFoundAsync("endpoint", "cannot be looked up", "correct the name", async () =>
        {
            bed.WriteFile(DoctorTunnel.LeftPort, server with { Endpoint = $"nosuch.invalid:{DoctorTunnel.RightPort}" });
            await left.ConfigureAsync(DoctorTunnel.LeftPort);
            await left.ConfigureAsync(DoctorTunnel.LeftPort, server with { Endpoint = null });
        }, () => bed.ConfigureAsync(server));
    }
}
