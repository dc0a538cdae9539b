using PfsVpn.Cli;
using PfsVpn.Cli.Tunnel;

namespace PfsVpn.Tests.Cli.Tunnel;

/// <summary>What is planned for a file, and what a dry run shows of it.</summary>
public sealed class UpPlanTests
{
    private static readonly string Peer = $"[Peer]\nPublicKey = {CannedDevices.Base64(1)}\n", Other = $"[Peer]\nPublicKey = {CannedDevices.Base64(2)}\n";

    [Fact]
    public void A_dry_run_shows_the_steps_in_order_and_runs_nothing()
    {
        using var world = new TunnelWorld();
        var steps = world.DryRun($"[Interface]\nAddress = 10.0.0.1/24, fd00::1/64\nMTU = 1400\nDNS = 10.0.0.53, example\nPreUp = one %i\nPostUp = two %i %i\n{Peer}AllowedIPs = 10.0.0.7, 10.9.0.0/16\n");
        Assert.Equal(
            [
                "one wg0", "/usr/bin/pfsvpnd wg0", $"pfsvpn setconf wg0 {world.Root}/wg0.conf", "ip -4 address add 10.0.0.1/24 dev wg0", "ip -6 address add fd00::1/64 dev wg0",
                "ip link set mtu 1400 up dev wg0", "resolvconf -a wg0 -m 0 -x", "ip -4 route add 10.9.0.0/16 dev wg0", "two wg0 wg0",
            ],
            steps);
        Assert.Contains("    nameserver 10.0.0.53\n    search example\n", world.Said, StringComparison.Ordinal);
        Assert.Empty(world.Runner.Ran);
        Assert.False(Directory.Exists(world.Context.RuntimeDirectory));
    }

    [Fact]
    public void Default_routes_come_last_and_take_a_table_that_is_free()
    {
        using var world = new TunnelWorld();
        world.Runner.Answers["ip -4 route show table 51820"] = "default dev other\n";
        world.Runner.Answers["ip -6 route show table 51821"] = "default dev another\n";
        var steps = world.DryRun($"[Interface]\nTable = auto\n{Peer}AllowedIPs = 0.0.0.0/0, ::/0, 10.9.0.0/16\n");
        Assert.Equal(
            [
                "ip -4 route add 10.9.0.0/16 dev wg0", "pfsvpn set wg0 fwmark 51822",
                "ip -6 route add ::/0 dev wg0 table 51822", "ip -6 rule add not fwmark 51822 table 51822", "ip -6 rule add table main suppress_prefixlength 0", "nft -f -",
                "ip -4 route add 0.0.0.0/0 dev wg0 table 51822", "ip -4 rule add not fwmark 51822 table 51822", "ip -4 rule add table main suppress_prefixlength 0",
                "sysctl -q net.ipv4.conf.all.src_valid_mark=1", "nft -f -",
            ],
            steps[3..]);
    }

    [Theory]
    [InlineData("off", 0)]
    [InlineData("77", 2)]
    public void A_table_that_is_given_gets_all_routes_and_no_rules(string table, int routes)
    {
        using var world = new TunnelWorld();
        var steps = world.DryRun($"[Interface]\nTable = {table}\n{Peer}AllowedIPs = 0.0.0.0/0, 10.9.0.0/16\n");
        string[] expected = ["ip -4 route add 10.9.0.0/16 dev wg0 table 77", "ip -4 route add 0.0.0.0/0 dev wg0 table 77"];
        Assert.Equal(expected[..routes], steps[3..]);
    }

    [Fact]
    public void An_allowed_ip_belongs_to_the_last_peer_that_has_it_and_longer_prefixes_go_first()
    {
        using var world = new TunnelWorld();
        var file = world.Parse($"[Interface]\n{Peer}AllowedIPs = 10.0.0.0/8, 10.1.2.3/16, fd00::1\n{Other}AllowedIPs = 10.0.0.0/8, 9.0.0.0/8\n");
        Assert.Equal(["fd00::1/128", "10.1.0.0/16", "9.0.0.0/8", "10.0.0.0/8"], TunnelRoutes.Destinations(file));
    }

    [Theory]
    [InlineData("", "default via 10.0.0.1 dev eth0", "mtu 1500", 1420)]
    [InlineData("Endpoint = 192.0.2.1:1", "192.0.2.1 via 10.0.0.1 dev eth0 src 10.0.0.2\n    cache", "mtu 1500", 1420)]
    [InlineData("Endpoint = 192.0.2.1:1", "192.0.2.1 dev eth0 src 10.0.0.2\n    cache mtu 1400", "mtu 1500", 1320)]
    [InlineData("Endpoint = 192.0.2.1:1", "192.0.2.1 dev eth0", "mtu 9000", 8920)]
    [InlineData("Endpoint = 192.0.2.1:1", "", "mtu 9000", 1420)]
    public void The_mtu_is_that_of_the_route_less_eighty(string endpoint, string route, string link, int mtu)
    {
        using var world = new TunnelWorld();
        world.Runner.Answers[endpoint.Length == 0 ? "ip route show default" : "ip route get 192.0.2.1"] = route;
        world.Runner.Answers["ip link show dev eth0"] = $"2: eth0: <UP> {link} qdisc mq";
        Assert.Contains($"ip link set mtu {mtu} up dev wg0", world.DryRun($"[Interface]\n{Peer}{endpoint}\n"));
    }

    [Fact]
    public void Where_resolvconf_is_missing_the_resolver_s_file_is_replaced()
    {
        using var world = new TunnelWorld();
        world.Runner.Programs.Remove("resolvconf");
        Assert.Contains($"replace {world.Root}/resolv.conf (10.0.0.53)", world.DryRun("[Interface]\nDNS = 10.0.0.53\n"));
    }

    [Fact]
    public void A_daemon_beside_the_program_goes_before_that_in_PATH()
    {
        using var world = new TunnelWorld();
        var beside = world.Write("pfsvpnd", "");
        Assert.Contains($"{beside} wg0", world.DryRun("[Interface]\n"));
    }

    [Fact]
    public void Without_root_it_says_what_to_do()
    {
        using var world = new TunnelWorld(isRoot: false);
        var path = world.Write("wg0.conf", "[Interface]\n");
        var refused = Assert.Throws<CliException>(() => TunnelRun.Open(world.Context, "up", [path], mayBeDry: true));
        Assert.Equal(
            $"pfsvpn up: only root may change the network; run: sudo pfsvpn up {path}\nWithout root, one program can use the tunnel: pfsvpn exec {path} -- COMMAND", refused.Message);
        TunnelRun.Open(world.Context, "up", ["--dry-run", path], mayBeDry: true).Dispose();
    }

    [Theory]
    [InlineData("nosuchtunnel", "/etc/wireguard/nosuchtunnel.conf: there is no such file")]
    [InlineData("./nosuch.conf", "./nosuch.conf: there is no such file")]
    public void A_file_that_is_not_there_is_named(string given, string message)
    {
        using var world = new TunnelWorld();
        Assert.Equal(message, Assert.Throws<CliException>(() => TunnelRun.Open(world.Context, "up", [given], mayBeDry: true)).Message);
    }

    [Fact]
    public void A_file_that_everyone_may_read_is_warned_about()
    {
        using var world = new TunnelWorld();
        var folder = Directory.CreateDirectory(Path.Combine(world.Root, "open"), (UnixFileMode)0b111_101_101).FullName;
        var path = Path.Combine(folder, "wg0.conf");
        File.WriteAllText(path, "[Interface]\n");
        File.SetUnixFileMode(path, (UnixFileMode)0b110_100_100);
        TunnelRun.Open(world.Context, "up", [path], mayBeDry: true).Dispose();
        Assert.Equal($"Warning: `{path}' is world accessible\n", world.Said);
    }
}
