using System.Text.Json;
using PfsVpn.Cli;
using PfsVpn.Cli.Doctor;
using PfsVpn.Cli.Doctor.Checks;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Packets;

namespace PfsVpn.Tests.Cli;

/// <summary>What doctor says of hosts that are made up.</summary>
public sealed class DoctorTests
{
    private readonly FakeHost _host = new();

    [Fact]
    public void A_host_and_a_tunnel_that_are_well_are_said_to_be()
    {
        Assert.All(LinuxDiagnosis.Of(_host).Host(), static entry => Assert.Equal(Verdict.Ok, entry.Finding.Verdict));
        Assert.All(LinuxDiagnosis.Of(_host).Tunnel(_host.Client()), static entry => Assert.Equal(Verdict.Ok, entry.Finding.Verdict));
    }

    [Fact]
    public void Without_the_tun_device_the_module_is_to_be_loaded()
    {
        _host.TunMode = -2;
        AssertHost("tun", Verdict.Problem, "/dev/net/tun is not there", "modprobe tun");
        _host.TunMode = 0x21B6;
        _host.TunErrno = 1;
        AssertHost("tun", Verdict.Problem, "rules for devices forbid it", "--device /dev/net/tun");
    }

    [Fact]
    public void Rights_and_their_lack_are_named()
    {
        _host.Files["/proc/self/status"] = "CapEff:\t00000000a80425fb\n";
        AssertHost("rights", Verdict.Problem, "without CAP_NET_ADMIN", "--cap-add NET_ADMIN");
        _host.IsRoot = false;
        AssertHost("rights", Verdict.Skipped, "not root", "sudo");
    }

    [Theory]
    [InlineData(KernelFeature.SecretMemory, "secretmem.enable=1")]
    [InlineData(KernelFeature.Nftables, "install nftables")]
    [InlineData(KernelFeature.UserNamespaces, "user.max_user_namespaces")]
    [InlineData(KernelFeature.UdpSegmentation, "4.18")]
    [InlineData(KernelFeature.UdpReceiveOffload, "5.0")]
    [InlineData(KernelFeature.TunUdpSegmentation, "6.2")]
    internal void What_the_kernel_lacks_is_a_warning(KernelFeature feature, string remedy)
    {
        _host.Missing.Add(feature);
        AssertHost("kernel", Verdict.Warning, "", remedy);
    }

    [Theory]
    [InlineData("65535", Verdict.Problem)]
    [InlineData("65536", Verdict.Warning)]
    [InlineData("8388608", Verdict.Ok)]
    [InlineData("unlimited", Verdict.Ok)]
    internal void The_limit_of_locked_memory_counts_without_the_capability(string limit, Verdict verdict)
    {
        _host.Files["/proc/self/status"] = "CapEff:\t0000000000001000\n";
        _host.Files["/proc/self/limits"] = $"Max locked memory         {limit}              {limit}              bytes     \n";
        Assert.Equal(verdict, LinuxDiagnosis.Of(_host).Host().Single(static entry => entry.Check == "memlock").Finding.Verdict);
    }

    [Fact]
    public void A_clock_that_cannot_be_right_is_a_problem()
    {
        _host.Now = new DateTimeOffset(1970, 1, 1, 0, 5, 0, TimeSpan.Zero);
        AssertHost("clock", Verdict.Problem, "before this program was made", "timedatectl");
        _host.Now = new DateTimeOffset(2099, 1, 1, 0, 5, 0, TimeSpan.Zero);
        AssertHost("clock", Verdict.Problem, "far ahead", "timedatectl");
    }

    [Fact]
    public void The_daemon_is_looked_for_and_asked_its_version()
    {
        _host.DaemonPath = null;
        AssertHost("daemon", Verdict.Problem, "neither beside this program nor in PATH", "install");
        _host.DaemonPath = "/usr/bin/pfsvpnd";
        _host.Programs["/usr/bin/pfsvpnd --version"] = new CommandResult(0, "pfsvpnd v1.2.2\n");
        AssertHost("daemon", Verdict.Warning, "has version 1.2.2, and this program 1.2.3", "one version");
        _host.Programs["/usr/bin/pfsvpnd --version"] = new CommandResult(131, "", "You must install .NET\n");
        AssertHost("daemon", Verdict.Problem, "does not start: You must install .NET", "");
    }

    [Fact]
    public void A_file_is_judged_by_its_text_and_its_rights()
    {
        AssertFirst(_host.Client() with { FileError = "wg0.conf:3: Address: no value" }, "file", "wg0.conf:3: Address: no value", "reload wg0");
        _host.FileMode = 0x81A4;
        AssertTunnel(_host.Client(), "file", Verdict.Warning, "can be read by everyone", "chmod 600");
        _host.FileMode = 0x81A0;
        AssertTunnel(_host.Client(), "file", Verdict.Warning, "can be read by its group", "chmod 600");
        _host.FileMode = 0x8180;
        AssertTunnel(_host.Client() with { FileWarnings = ["AllowedIP has nonzero host part: 10.0.0.1/8"] }, "file", Verdict.Warning, "nonzero host part", "correct it");
        AssertTunnel(_host.Client() with { Peers = [] }, "file", Verdict.Warning, "no [Peer]", "pfsvpn new client");
    }

    [Fact]
    public void A_tunnel_that_is_not_up_is_a_problem_where_it_was_asked_for_and_its_port_comes_first()
    {
        _host.Programs["ip -j address show dev wg0"] = new CommandResult(1, "", "Device \"wg0\" does not exist.");
        var down = _host.Client() with { Runs = false, ListenPort = 0, FilePort = 51820 };
        AssertFirst(down, "interface", "wg0 is not up", "pfsvpn up wg0");
        AssertTunnel(down with { IsWanted = false }, "interface", Verdict.Skipped, "wg0 is not up", null);
        _host.Programs["ss "] = new CommandResult(0, """UNCONN 0 0 0.0.0.0:51820 0.0.0.0:* users:(("dnsmasq",pid=12,fd=3))""");
        AssertFirst(down, "port", "UDP port 51820 is taken by dnsmasq", "another ListenPort");
    }

    [Fact]
    public void An_interface_that_differs_from_its_file_is_reloaded()
    {
        AssertFirst(_host.Client() with { FilePort = 51820 }, "port", "listens on UDP port 40000, and its file says 51820", "pfsvpn reload wg0");
        AssertFirst(_host.Client() with { HasPrivateKey = false }, "interface", "no private key", "private-key");
        AssertFirst(_host.Client() with { Peers = [_host.Server() with { Runs = false }] }, "interface", "does not know peer server", "pfsvpn reload");
        AssertTunnel(_host.Client() with { Peers = [_host.Server(), _host.Server() with { PublicKey = "other", Label = "other", IsInFile = false, AllowedIps = [] }] }, "interface", Verdict.Warning, "not in the file: other", "pfsvpn save");
        AssertTunnel(_host.Client() with { DaemonVersion = "1.2.2" }, "interface", Verdict.Warning, "version 1.2.2", "pfsvpn down");
        _host.Programs["ip -j address show dev wg0"] = new CommandResult(0, """[{"ifname":"wg0","flags":["POINTOPOINT"],"addr_info":[{"scope":"link","local":"fe80::1"}]}]""");
        AssertFirst(_host.Client(), "interface", "wg0 is down", "ip link set wg0 up");
        AssertTunnel(_host.Client(), "interface", Verdict.Problem, "lacks the address 10.77.0.2", "reload");
    }

    [Fact]
    public void Allowed_ips_in_each_others_way_are_found()
    {
        var twin = _host.Server() with { PublicKey = "twin", Label = "twin" };
        AssertFirst(_host.Client() with { Peers = [_host.Server(), twin] }, "allowed-ips", "10.77.0.1/32 is given to server and twin: only the last has it", "addresses of its own");
        AssertFirst(_host.Client() with { Peers = [_host.Server() with { AllowedIps = [FakeHost.Prefix("10.77.0.2/32")] }] }, "allowed-ips", "this end's own address", "exchange");
        var lan = _host.Client() with
        {
            Networks = [("eth0", FakeHost.Prefix("192.168.1.7/32").Address, FakeProbe.Prefix("192.168.1.0/24"))],
            Peers = [_host.Server() with { AllowedIps = [FakeHost.Prefix("10.77.0.1/32"), FakeProbe.Prefix("192.168.1.0/24")] }],
        };
        AssertTunnel(lan, "allowed-ips", Verdict.Warning, "192.168.1.0/24 of server is also the network of eth0", "#! ExcludedIPs = 192.168.1.0/24");
        AssertTunnel(_host.Client() with { Others = [("wg1", FakeHost.Prefix("10.77.0.0/16"))] }, "allowed-ips", Verdict.Warning, "wanted by the tunnel wg1 as well", "one of the two");
    }

    [Fact]
    public void A_prefix_that_leads_elsewhere_is_found()
    {
        _host.Programs["ip -j route get 10.77.0.1"] = new CommandResult(0, """[{"dev":"eth0","gateway":"10.0.0.1"}]""");
        AssertFirst(_host.Client(), "routes", "10.77.0.1 goes by eth0 over 10.0.0.1", "ip route add 10.77.0.1/32 dev wg0");
        AssertTunnel(_host.Client() with { Table = "off" }, "routes", Verdict.Warning, "does not lead into the tunnel", "Table = off");
        _host.Programs["ip -j route get 10.77.0.1"] = new CommandResult(2, "", "RTNETLINK answers: Network is unreachable");
        AssertFirst(_host.Client(), "routes", "goes nowhere (Network is unreachable)", "ip route add");
    }

    [Fact]
    public void A_strict_filter_under_a_default_route_is_found()
    {
        var all = _host.Client() with { FirewallMark = 51820, Peers = [_host.Server() with { AllowedIps = [FakeHost.Prefix("0.0.0.0/0")] }] };
        _host.Programs["ip -j route get 192.0.2.1"] = new CommandResult(0, """[{"dev":"wg0"}]""");
        _host.Programs["ip -j route get 192.0.2.1 mark 51820"] = new CommandResult(0, """[{"dev":"eth0","gateway":"10.0.0.1"}]""");
        _host.Files["/proc/sys/net/ipv4/conf/eth0/rp_filter"] = "1\n";
        AssertFirst(all, "rp_filter", "eth0 drops what comes from server", "sysctl -w net.ipv4.conf.all.src_valid_mark=1");
        _host.Files["/proc/sys/net/ipv4/conf/all/src_valid_mark"] = "1\n";
        AssertTunnel(all, "rp_filter", Verdict.Ok, "", null);
    }

    [Fact]
    public void Endpoints_that_cannot_be_reached_say_why()
    {
        var silent = _host.Client() with { Peers = [_host.Server() with { LastHandshake = 0 }] };
        AssertTunnel(silent, "endpoint", Verdict.Ok, "nothing says that it cannot be reached", null);
        _host.Knock = 111;
        AssertFirst(silent, "endpoint", "nobody listens on its UDP port 51820", "start the tunnel at the other end");
        _host.Knock = 113;
        AssertFirst(silent, "endpoint", "no such host answers", "start that host");
        _host.Knock = 1;
        AssertFirst(silent, "endpoint", "a firewall of this host forbids", "let it out");
        _host.Programs["ip -j route get 192.0.2.1"] = new CommandResult(0, """[{"dev":"wg0"}]""");
        AssertFirst(_host.Client(), "endpoint", "would go into the tunnel itself: a loop", "#! ExcludedIPs = 192.0.2.1");
        _host.Programs["ip -j route get 192.0.2.1"] = new CommandResult(2, "", "RTNETLINK answers: Network is unreachable");
        AssertFirst(_host.Client(), "endpoint", "there is no way to server at 192.0.2.1:51820: Network is unreachable", "ip route");
    }

    [Fact]
    public void Names_of_endpoints_are_looked_up()
    {
        PatientPeer Named(string host, long handshake) => _host.Server() with { Endpoint = null, NamedEndpoint = (host, "51820"), LastHandshake = handshake };
        AssertFirst(_host.Client() with { Peers = [Named("nosuch.example.com", 0)] }, "endpoint", "nosuch.example.com, cannot be looked up: Name or service not known", "correct the name");
        AssertFirst(_host.Client() with { NameServers = [FakeHost.Prefix("10.77.0.1/32").Address], Peers = [Named("nosuch.example.com", 0)] }, "endpoint", "cannot be looked up", "give the endpoint as an address");
        AssertTunnel(_host.Client() with { Peers = [Named("vpn.example.com", 0)] }, "endpoint", Verdict.Ok, "vpn.example.com is server at 192.0.2.1:51820", null);
        var moved = Named("vpn.example.com", 0) with { Endpoint = new EndpointAddress(FakeHost.Prefix("192.0.2.9/32").Address, 51820) };
        AssertFirst(_host.Client() with { Peers = [moved] }, "endpoint", "is 192.0.2.1 now, and the daemon sends to 192.0.2.9", "pfsvpn reload wg0");
    }

    [Theory]
    [InlineData("PresharedKeyMismatch", "the preshared keys of the two ends differ")]
    [InlineData("HandshakeAuthentication", "its answer does not fit")]
    [InlineData("ReplayedTimestamp", "its clock was set back")]
    [InlineData("SendFailed", "cannot be sent")]
    [InlineData("ResponseRefused", "the preshared keys of the two ends differ")]
    [InlineData("NoAnswer", "does not answer handshakes at 192.0.2.1:51820")]
    public void A_handshake_that_fails_says_why(string drop, string expected)
    {
        var silent = _host.Client() with { Peers = [_host.Server() with { LastHandshake = 0 }] };
        AssertTunnel(silent, "handshake", Verdict.Ok, "just made", null);
        _host.Trial = new HandshakeTrial(Made: false, null, new Dictionary<string, long>(StringComparer.Ordinal) { [drop] = 1 });
        AssertFirst(silent, "handshake", expected, "");
        _host.Trial = new HandshakeTrial(Made: false, drop, new Dictionary<string, long>(StringComparer.Ordinal));
        AssertFirst(silent, "handshake", expected, "");
    }

    [Fact]
    public void A_peer_that_has_to_come_by_itself_is_no_problem()
    {
        var server = _host.Client() with { FilePort = 40000, Peers = [_host.Server() with { Endpoint = null, LastHandshake = 0 }] };
        AssertTunnel(server, "handshake", Verdict.Skipped, "has not come yet; it must begin", null);
    }

    [Fact]
    public void A_server_that_does_not_forward_is_found_where_it_is_to()
    {
        _host.Files["/proc/sys/net/ipv4/ip_forward"] = "0\n";
        var server = _host.Client() with { FilePort = 40000, Forwards = true, Peers = [_host.Server() with { Endpoint = null }] };
        AssertFirst(server, "forwarding", "IPv4 is not forwarded", "sysctl -w net.ipv4.ip_forward=1");
        AssertTunnel(server with { Forwards = false }, "forwarding", Verdict.Ok, "would change that", null);
        Assert.DoesNotContain(LinuxDiagnosis.Of(_host).Tunnel(_host.Client()), static entry => entry.Check == "forwarding");
    }

    [Fact]
    public void The_mtu_is_measured_outside_and_inside()
    {
        _host.Paths["192.0.2.1"] = 1442;
        AssertFirst(_host.Client(), "mtu", "packets of up to 1440 bytes pass to server, so 1380 fit into the tunnel, but its MTU is 1420", "ip link set wg0 mtu 1380, and MTU = 1380");
        // Falling, and never larger than the link.
        Assert.Equal(1500, _host.Sent[0]);
        Assert.True(_host.Sent[0] > _host.Sent[1]);
        Assert.All(_host.Sent, static size => Assert.InRange(size, 576, 1500));
        _host.Paths["192.0.2.1"] = 1500;
        _host.Paths["10.77.0.1"] = 1300;
        AssertFirst(_host.Client(), "mtu", "through the tunnel to 10.77.0.1 only packets of up to 1300 bytes pass", "mtu 1300");
        _host.Paths.Clear();
        AssertTunnel(_host.Client(), "mtu", Verdict.Skipped, "does not answer echo requests", null);
        AssertTunnel(_host.Client(), "mtu", Verdict.Skipped, "no address of server answers", null);
    }

    [Fact]
    public void Name_servers_are_in_force_in_the_tunnel_and_answer()
    {
        var tunnel = _host.Client() with { NameServers = [FakeHost.Prefix("10.77.0.1/32").Address] };
        AssertTunnel(tunnel, "dns", Verdict.Ok, "10.77.0.1 answers", null);
        _host.NameServerAnswers = false;
        AssertFirst(tunnel, "dns", "10.77.0.1 does not answer", "correct DNS");
        _host.NameServerAnswers = true;
        _host.Files["/etc/resolv.conf"] = "nameserver 192.168.1.1\n";
        AssertFirst(tunnel, "dns", "not in force: /etc/resolv.conf has 192.168.1.1", "pfsvpn reload");
        _host.Programs["resolvectl dns wg0"] = new CommandResult(0, "Link 5 (wg0): 10.77.0.1\n");
        AssertTunnel(tunnel, "dns", Verdict.Ok, "10.77.0.1 answers", null);
        _host.Programs["ip -j route get 9.9.9.9"] = new CommandResult(0, """[{"dev":"eth0"}]""");
        AssertTunnel(tunnel with { NameServers = [FakeHost.Prefix("9.9.9.9/32").Address] }, "dns", Verdict.Warning, "asked beside the tunnel (by eth0)", "AllowedIPs: 9.9.9.9/32");
        _host.NameServerAnswers = false;
        var everything = _host.Client() with { Peers = [_host.Server() with { AllowedIps = [FakeHost.Prefix("0.0.0.0/0")] }] };
        AssertTunnel(everything, "dns", Verdict.Problem, "the host's name server 192.168.1.1 does not answer through it", "DNS = ADDRESS");
    }

    [Fact]
    public void The_report_counts_and_is_also_there_for_scripts()
    {
        _host.FileMode = 0x81A4;
        var tunnel = _host.Client() with { HasPrivateKey = false, Peers = [_host.Server() with { Runs = false }] };
        var report = new DoctorReport();
        foreach (var (check, finding) in LinuxDiagnosis.Of(_host).Tunnel(tunnel)) report.Add(tunnel.Name, check, finding);
        Assert.Equal((Verdict.Problem, "\n2 problems, 1 warning. Begin with the first (wg0: interface): others may come from it.\n"), (report.Worst, report.Summary()));
        using var json = JsonDocument.Parse(report.Json("1.2.3"));
        Assert.Equal(("problem", 2, 1), (json.RootElement.GetProperty("verdict").GetString(), json.RootElement.GetProperty("problems").GetInt32(), json.RootElement.GetProperty("warnings").GetInt32()));
        var first = json.RootElement.GetProperty("findings").EnumerateArray().First(static finding => finding.GetProperty("verdict").GetString() == "problem");
        Assert.Equal(("wg0", "interface"), (first.GetProperty("tunnel").GetString(), first.GetProperty("check").GetString()));
        Assert.Empty(View.JsonSchema.Load("doctor").Check(json.RootElement));
        Assert.DoesNotContain('\e', DoctorReport.Line("x", Finding.Problem("a\e[2J", "b\e[2J"), colours: false));
        Assert.Equal((Verdict.Ok, "\nAll is well.\n"), (new DoctorReport().Worst, new DoctorReport().Summary()));
    }

    [Fact]
    public void What_a_check_cannot_look_at_ends_that_check_alone()
    {
        var diagnosis = new Diagnosis<FakeHost>(_host, [new Refused(), new ClockCheck()], []);
        Assert.Equal(
            [("refused", Finding.Ok("so far")), ("refused", Finding.Skipped("Windows does not answer")), ("clock", Finding.Ok("2026-06-01 12:00 UTC, plausible"))], diagnosis.Host());
    }

    [Fact]
    public void Wrong_arguments_have_an_exit_code_of_their_own()
    {
        using var stage = new CliStage();
        foreach (var words in new[] { new[] { "doctor", "--nosuch" }, ["doctor", "a", "b"] })
        {
            var run = stage.Cli(words);
            Assert.Equal((3, ""), (run.ExitCode, run.Output));
            Assert.Contains("Usage: pfsvpn doctor", run.Error, StringComparison.Ordinal);
        }
    }

    private void AssertHost(string check, Verdict verdict, string what, string remedy) =>
        AssertOne(LinuxDiagnosis.Of(_host).Host().Where(entry => entry.Check == check), verdict, what, remedy);

    private void AssertTunnel(Patient tunnel, string check, Verdict verdict, string what, string? remedy) =>
        AssertOne(LinuxDiagnosis.Of(_host).Tunnel(tunnel).Where(entry => entry.Check == check), verdict, what, remedy);

    private void AssertFirst(Patient tunnel, string check, string what, string remedy) => AssertFirst(LinuxDiagnosis.Of(_host).Tunnel(tunnel), check, what, remedy);

    /// <summary>The first problem of all is this one.</summary>
    internal static void AssertFirst(IEnumerable<(string Check, Finding Finding)> found, string check, string what, string remedy)
    {
        var first = found.First(static entry => entry.Finding.Verdict == Verdict.Problem);
        Assert.Equal(check, first.Check);
        Assert.Contains(what, first.Finding.What, StringComparison.Ordinal);
        Assert.Contains(remedy, first.Finding.Remedy, StringComparison.Ordinal);
    }

    internal static void AssertOne(IEnumerable<(string Check, Finding Finding)> found, Verdict verdict, string what, string? remedy) =>
        Assert.Contains(found, entry => entry.Finding.Verdict == verdict && entry.Finding.What.Contains(what, StringComparison.Ordinal)
            && (remedy is null ? entry.Finding.Remedy is null : entry.Finding.Remedy?.Contains(remedy, StringComparison.Ordinal) == true));

    private sealed class Refused : IHostCheck<IHostProbe>
    {
        public string Name => "refused";

        public IEnumerable<Finding> Examine(IHostProbe probe)
        {
            yield return Finding.Ok("so far");
            throw new CliException("Windows does not answer");
        }
    }
}
