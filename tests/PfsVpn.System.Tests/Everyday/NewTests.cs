using System.Net;
using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Everyday;

/// <summary>From nothing to a tunnel with the commands that help shows.</summary>
public sealed class NewTests(ITestOutputHelper output)
{
    [SystemFact]
    public async Task A_server_and_clients_made_by_new_work_and_clients_come_and_go_while_it_runs()
    {
        await using var network = new TestNetwork(output);
        var (left, right) = await network.AddTwoHostsAsync();
        var internet = await network.AddNamespaceAsync("internet");
        await TestNetwork.ConnectAsync(right, internet, "wan0");
        await TestNetwork.AddAddressesAsync(right, "wan0", "203.0.113.1/24", "2001:db8::1/64");
        await TestNetwork.AddAddressesAsync(internet, "wan0", "203.0.113.2/24", "2001:db8::2/64");
        var (server, laptop, phone) = (TestRun.InterfaceName(), TestRun.InterfaceName(), TestRun.InterfaceName());
        var folder = Directory.CreateDirectory(TestRun.FilePath("etc")).FullName;
        var serverFile = Path.Combine(folder, server + ".conf");
        async Task<string> OnServer(params string[] words) => await right.RunAsync(Programs.Cli, words);
        try
        {
            await OnServer("new", "server", server, "--endpoint", "10.9.0.2", "--nat", "wan0", "--subnet", "10.66.0.0/24", "--subnet6", "fd66::/64", "--directory", folder);
            await OnServer("new", "client", server, "laptop", "--directory", folder);
            await OnServer("up", serverFile);
            Assert.Contains($"table inet pfsvpn-{server}", await right.RunAsync("nft", "list", "tables"), StringComparison.Ordinal);
            var laptopFile = ClientFile(folder, server, "laptop", laptop);
            await left.RunAsync(Programs.Cli, "up", laptopFile);
            // The host behind the server knows no way back but to the server's own address.
            await AnsweredAsync(left, "10.66.0.1", "fd66::1", "203.0.113.2", "2001:db8::2");
            var before = await HandshakeAsync(right, server);

            await OnServer("new", "client", server, "phone", "--directory", folder);
            Assert.Equal(2, (await right.RunAsync("wg", "show", server, "peers")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
            await AnsweredAsync(left, "10.66.0.1");
            Assert.Equal(before, await HandshakeAsync(right, server));

            await left.RunAsync(Programs.Cli, "down", laptopFile);
            var phoneFile = ClientFile(folder, server, "phone", phone);
            await left.RunAsync(Programs.Cli, "up", phoneFile);
            await AnsweredAsync(left, "10.66.0.1", "203.0.113.2");
            Assert.Matches("phone +10.66.0.3, fd66::3 .*ago", await OnServer("new", "list", server, "--directory", folder));

            await OnServer("new", "remove", server, "phone", "--directory", folder);
            Assert.Single((await right.RunAsync("wg", "show", server, "peers")).Split('\n', StringSplitOptions.RemoveEmptyEntries));
            Assert.DoesNotContain("phone", await File.ReadAllTextAsync(serverFile), StringComparison.Ordinal);
            await left.RunAsync(Programs.Cli, "down", phoneFile);
            await OnServer("down", serverFile);
            Assert.Equal("", await right.RunAsync("nft", "list", "tables"));
        }
        finally
        {
            // Where it went wrong half-way; a daemon ends with its interface.
            foreach (var (host, name) in new[] { (right, server), (left, laptop), (left, phone) }) await host.TryRunAsync("ip", ["link", "delete", name]);
        }
    }

    private static string ClientFile(string folder, string server, string client, string name)
    {
        var path = Path.Combine(folder, name + ".conf");
        File.Copy(Path.Combine(folder, server + "-clients", client + ".conf"), path);
        return path;
    }

    private static async Task AnsweredAsync(NetworkNamespace host, params string[] targets)
    {
        foreach (var target in targets)
        {
            using var ping = Pinger.Open(host, IPAddress.Parse(target));
            await ping.UntilAnsweredAsync();
        }
    }

    private static async Task<string> HandshakeAsync(NetworkNamespace host, string name) =>
        (await host.RunAsync("wg", "show", name, "latest-handshakes")).Split('\n').First(static line => !line.EndsWith("\t0", StringComparison.Ordinal));
}
