using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Everyday;

/// <summary>Keys, file and path of a client that are wrong.</summary>
public sealed class DoctorKeyTests(ITestOutputHelper output)
{
    [SystemFact]
    public async Task A_client_whose_keys_file_or_path_are_wrong_is_told_so()
    {
        // Offloads off: a rule on the length of packets would see runs of them as one.
        await using var network = new TestNetwork(output) { LogLevel = "error", Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["PFSVPN_NO_OFFLOAD"] = "all" } };
        var (left, right, bed, _) = await DoctorTunnel.CreateAsync(network);
        var server = DoctorTunnel.Server(right);
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
            () => right.Host.NftAsync("table inet narrow { chain input { type filter hook input priority 0; ip length > 1400 drop; }; }"), () => left.Host.IpAsync($"link set {left.Interface} mtu 1340"));
    }
}
