using System.Net;
using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Everyday;

/// <summary>A real tunnel, broken in many ways: doctor names the cause before what it causes, and what it says to do helps.</summary>
public sealed class DoctorTests(ITestOutputHelper output)
{
    private const int LeftPort = 51831, RightPort = 51832;

    [SystemFact]
    public async Task A_client_is_told_what_is_wrong_and_how_to_mend_it()
    {
        await using var network = new TestNetwork(output) { LogLevel = "error" };
        var (left, right, bed, _) = await CreateAsync(network);
        var server = Server(right);
        await bed.AssertWellAsync();
        await bed.AssertFoundAsync("interface", "is down", $"ip link set {left.Interface} up",
            () => left.Host.IpAsync($"link set {left.Interface} down"), () => left.Host.IpAsync($"link set {left.Interface} up"));
        await bed.AssertFoundAsync("interface", "lacks the address 10.77.0.1", "pfsvpn reload",
            () => left.Host.IpAsync($"address del 10.77.0.1/24 dev {left.Interface}"), () => left.Host.IpAsync($"address add 10.77.0.1/24 dev {left.Interface}"));
        await bed.AssertFoundAsync("routes", "10.78.0.0/24 of", $"ip route add 10.78.0.0/24 dev {left.Interface}",
            () => bed.ConfigureAsync(server with { AllowedIps = "10.77.0.2/32, 10.78.0.0/24" }), () => left.Host.IpAsync($"route add 10.78.0.0/24 dev {left.Interface}"));
        await bed.ConfigureAsync(server);
        await bed.AssertFoundAsync("firewall", "drops UDP to 10.9.0.2", "let it out",
            () => left.Host.NftAsync($"table inet broken {{ chain output {{ type filter hook output priority 0; udp dport {RightPort} drop; }} }}"), () => left.Host.NftAsync("delete table inet broken"));
        await bed.AssertFoundAsync("endpoint", "there is no way to", "connect this host",
            () => left.Host.IpAsync("address del 10.9.0.1/24 dev eth0"), () => left.Host.IpAsync("address add 10.9.0.1/24 dev eth0"));
        await bed.AssertFoundAsync("endpoint", "a loop", "ExcludedIPs = 10.9.0.2",
            () => left.Host.IpAsync($"route add 10.9.0.2/32 dev {left.Interface}"), () => left.Host.IpAsync($"route del 10.9.0.2/32 dev {left.Interface}"));
        await bed.AssertFoundAsync("endpoint", "nobody listens on its UDP port 5999", "correct the port",
            () => bed.ConfigureAsync(server with { Endpoint = "10.9.0.2:5999" }), () => bed.ConfigureAsync(server));
        await bed.AssertFoundAsync("endpoint", "cannot be looked up", "correct the name", async () =>
        {
            bed.WriteFile(LeftPort, server with { Endpoint = $"nosuch.invalid:{RightPort}" });
            await left.ConfigureAsync(LeftPort, server with { Endpoint = null });
        }, () => bed.ConfigureAsync(server));
    }

    [SystemFact]
    public async Task A_client_whose_keys_file_or_path_are_wrong_is_told_so()
    {
        await using var network = new TestNetwork(output) { LogLevel = "error" };
        var (left, right, bed, _) = await CreateAsync(network);
        var server = Server(right);
        await bed.AssertWellAsync();
        await bed.AssertFoundAsync("handshake", "the preshared keys of the two ends differ", "the same PresharedKey",
            async () => await bed.ConfigureAsync(server with { PresharedKey = await WireGuardKey.GenerateAsync() }), () => bed.ConfigureAsync(server));
        await bed.AssertFoundAsync("handshake", "does not answer handshakes", "is the PublicKey of",
            async () => await bed.ConfigureAsync(server with { PublicKey = await WireGuardKey.PublicAsync(await WireGuardKey.GenerateAsync()) }), () => bed.ConfigureAsync(server));
        await bed.AssertFoundAsync("allowed-ips", "10.77.0.2/32 is given to", "addresses of its own",
            async () => await bed.ConfigureAsync(server with { PublicKey = await WireGuardKey.PublicAsync(await WireGuardKey.GenerateAsync()), Endpoint = null }, server), () => bed.ConfigureAsync(server));
        await bed.AssertFoundAsync("file", ".conf:2: Adress: unknown key", "mend", () =>
        {
            bed.WriteFile("[Interface]\nAdress = 10.77.0.1/24\n");
            return Task.CompletedTask;
        }, () => bed.ConfigureAsync(server));
        await bed.AssertFoundAsync("mtu", "so 1340 fit into the tunnel, but its MTU is 1420", $"ip link set {left.Interface} mtu 1340",
            () => right.Host.NftAsync("table inet narrow { chain input { type filter hook input priority 0; ip length > 1400 drop; } }"), () => left.Host.IpAsync($"link set {left.Interface} mtu 1340"));
    }

    [SystemFact]
    public async Task A_server_is_told_what_is_wrong_and_how_to_mend_it()
    {
        await using var network = new TestNetwork(output) { LogLevel = "error" };
        var (left, right, _, bed) = await CreateAsync(network);
        var client = new PeerSettings(left.PublicKey, "10.77.0.1/32");
        bed.Extra = "PostUp = nft add rule ip nat postrouting oifname eth0 masquerade\n";
        await right.Host.SysctlAsync("net.ipv4.ip_forward=1");
        bed.WriteFile(RightPort, client);
        await bed.AssertWellAsync();
        await bed.AssertFoundAsync("firewall", $"the policy of inet closed, chain input drops UDP port {RightPort}", $"udp dport {RightPort} accept",
            () => right.Host.NftAsync("table inet closed { chain input { type filter hook input priority 0; policy drop; iifname \"lo\" accept; ct state established,related accept; ip protocol icmp accept; } }"),
            () => right.Host.RunAsync("nft", "insert", "rule", "inet", "closed", "input", "udp", "dport", $"{RightPort}", "accept"));
        await bed.AssertFoundAsync("forwarding", "IPv4 is not forwarded", "sysctl -w net.ipv4.ip_forward=1",
            () => right.Host.SysctlAsync("net.ipv4.ip_forward=0"), () => right.Host.SysctlAsync("net.ipv4.ip_forward=1"));
        await bed.AssertFoundAsync("port", $"listens on UDP port {RightPort}, and its file says 51900", "pfsvpn reload", () =>
        {
            bed.WriteFile(51900, client);
            return Task.CompletedTask;
        }, () =>
        {
            bed.WriteFile(RightPort, client);
            return Task.CompletedTask;
        });
        bed.Expose(toAll: true);
        var (code, findings) = await bed.ExamineAsync();
        Assert.Equal(1, code);
        Assert.Contains(findings, static finding => finding is { Check: "file", Verdict: "warning" } && finding.Remedy.StartsWith("chmod 600", StringComparison.Ordinal));
        await right.StopAsync();
        using (right.Host.OpenUdp(IPAddress.Any, RightPort))
            Assert.Contains($"UDP port {RightPort} is taken by", (await bed.ExamineAsync()).Findings.First(static finding => finding.Verdict == "problem").What, StringComparison.Ordinal);
        Assert.Equal($"{right.Interface} is not up", (await bed.ExamineAsync()).Findings.First(static finding => finding.Verdict == "problem").What);
    }

    private static PeerSettings Server(TunnelEnd right) => new(right.PublicKey, "10.77.0.2/32") { Endpoint = $"10.9.0.2:{RightPort}" };

    /// <summary>Two hosts, a tunnel of IPv4 between them, connected, and a file for each end.</summary>
    private static async Task<(TunnelEnd Left, TunnelEnd Right, DoctorBed LeftBed, DoctorBed RightBed)> CreateAsync(TestNetwork network)
    {
        var (leftHost, rightHost) = await network.AddTwoHostsAsync();
        var starts = new[] { network.StartAsync(Implementation.PfsVpn, leftHost), network.StartAsync(Implementation.PfsVpn, rightHost) };
        var (left, right) = (await starts[0], await starts[1]);
        var (leftBed, rightBed) = (new DoctorBed(left, "10.77.0.1/24", LeftPort), new DoctorBed(right, "10.77.0.2/24", RightPort));
        await leftBed.ConfigureAsync(Server(right));
        await rightBed.ConfigureAsync(new PeerSettings(left.PublicKey, "10.77.0.1/32"));
        await left.UpAsync(1420, "10.77.0.1/24");
        await right.UpAsync(1420, "10.77.0.2/24");
        using var ping = Pinger.Open(left.Interior, IPAddress.Parse("10.77.0.2"));
        await ping.UntilAnsweredAsync();
        return (left, right, leftBed, rightBed);
    }
}
