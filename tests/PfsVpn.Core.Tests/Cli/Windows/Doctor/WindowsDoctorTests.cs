using PfsVpn.Cli.Doctor;
using PfsVpn.Cli.Windows.Doctor;
using PfsVpn.Cli.Windows.Native;
using PfsVpn.Cli.Windows.Network.Filters;
using PfsVpn.Cli.Windows.Service;
using PfsVpn.Configuration;
using PfsVpn.Interop.Windows;
using PfsVpn.Tests.Cli.Windows.Network;

namespace PfsVpn.Tests.Cli.Windows.Doctor;

/// <summary>What doctor says of machines with Windows that are made up.</summary>
public sealed class WindowsDoctorTests
{
    private const uint ServiceFailure = 1066;

    private readonly FakeWindowsHost _host = new();

    [Fact]
    public void A_machine_and_a_tunnel_that_are_well_are_said_to_be()
    {
        _host.TunnelService = Service(Advapi32.SERVICE_RUNNING);
        Assert.All(WindowsDiagnosis.Of(_host).Host(), static entry => Assert.Equal(Verdict.Ok, entry.Finding.Verdict));
        Assert.All(WindowsDiagnosis.Of(_host).Tunnel(_host.Client()), static entry => Assert.Equal(Verdict.Ok, entry.Finding.Verdict));
        Assert.Equal(["rights", "libraries", "memlock", "clock", "daemon"], WindowsDiagnosis.Of(_host).Host().Select(static entry => entry.Check));
        Assert.Equal(["file", "service", "port", "interface", "allowed-ips", "routes", "endpoint", "handshake", "mtu", "mtu"], WindowsDiagnosis.Of(_host).Tunnel(_host.Client()).Select(static entry => entry.Check));
    }

    [Fact]
    public void Libraries_rights_locked_memory_and_the_clock_are_looked_at()
    {
        _host.LibraryErrors["wintun.dll"] = "wintun.dll is missing: it belongs into the program's folder.";
        AssertHost("libraries", Verdict.Problem, "wintun.dll is missing", "the right wintun.dll");
        AssertHost("libraries", Verdict.Ok, "libsodium.dll: there, and checked", null);
        _host.IsRoot = false;
        AssertHost("rights", Verdict.Skipped, "no administrator", "window of an administrator");
        _host.LockError = "not enough quota";
        AssertHost("memlock", Verdict.Problem, "keys have no place: not enough quota", "working set");
        _host.Now = new DateTimeOffset(1970, 1, 1, 0, 5, 0, TimeSpan.Zero);
        AssertHost("clock", Verdict.Problem, "before this program was made", "w32tm");
        _host.DaemonPath = null;
        AssertHost("daemon", Verdict.Problem, "pfsvpnd is not beside this program", "pfsvpnd.exe");
    }

    [Theory]
    [InlineData(Advapi32.SERVICE_RUNNING, 0, true, Verdict.Ok, "PfsVpnTunnel$wg0 runs, and starts with the machine")]
    [InlineData(Advapi32.SERVICE_RUNNING, 0, false, Verdict.Ok, "runs, and is there until pfsvpn down")]
    [InlineData(Advapi32.SERVICE_START_PENDING, 0, true, Verdict.Warning, "goes on trying: no such host")]
    [InlineData(Advapi32.SERVICE_STOPPED, ServiceFailure, true, Verdict.Problem, "has ended with an error: no such host")]
    [InlineData(Advapi32.SERVICE_STOPPED, 0, true, Verdict.Warning, "starts with the machine, and is stopped now")]
    [InlineData(Advapi32.SERVICE_STOPPED, 0, false, Verdict.Skipped, "is stopped")]
    internal void The_service_of_a_tunnel_is_looked_at(uint state, uint exitCode, bool isAutomatic, Verdict verdict, string what)
    {
        _host.TunnelService = Service(state, exitCode, isAutomatic, "no such host");
        Assert.Contains(WindowsDiagnosis.Of(_host).Tunnel(_host.Client()), entry => entry.Check == "service" && entry.Finding.Verdict == verdict && entry.Finding.What.Contains(what, StringComparison.Ordinal));
    }

    [Fact]
    public void A_tunnel_that_no_service_has_is_no_problem() => AssertTunnel(_host.Client(), "service", Verdict.Skipped, "ends with the program that took it up", null);

    [Fact]
    public void An_adapter_that_is_not_there_or_is_not_as_its_file_says_is_found()
    {
        AssertTunnel(_host.Client() with { OwnAddresses = [FakeNetwork.Ip("10.77.0.9")] }, "interface", Verdict.Problem, "wg0 lacks the address 10.77.0.9", "pfsvpn reload");
        _host.Network.RemoveTunnel();
        AssertFirst(_host.Client() with { IsElsewhere = true }, "interface", "its daemon answers, but Windows has no adapter of wg0", "pfsvpn down wg0; pfsvpn up wg0");
        AssertFirst(_host.Client() with { Runs = false, ListenPort = 0 }, "interface", "wg0 is not up", "pfsvpn up wg0");
        // Another program has one of this name.
        _host.Network.AddLink(99, "WG0", mtu: 1420, metric: 5);
        _host.Network.AddressRows.Add(new PfsVpn.Cli.Windows.Network.AddressRow(99, FakeNetwork.Ip("10.9.9.9"), 32));
        AssertFirst(_host.Client() with { Runs = false, ListenPort = 0 }, "interface", "wg0 exists, but no daemon answers for it", "the program that made it");
        _host.Holder = "dns.exe (process 12)";
        AssertFirst(_host.Client() with { Runs = false, ListenPort = 0, FilePort = 51820 }, "port", "UDP port 51820 is taken by dns.exe (process 12)", "another ListenPort");
    }

    [Fact]
    public void A_prefix_that_leads_elsewhere_is_found()
    {
        _host.Network.RouteRows.RemoveAll(static row => row.Interface == FakeNetwork.Tunnel);
        AssertFirst(_host.Client(), "routes", "10.77.0.1 goes by Ethernet", "New-NetRoute -DestinationPrefix 10.77.0.1/32 -InterfaceAlias wg0");
        _host.Network.RouteRows.Clear();
        AssertFirst(_host.Client(), "routes", "10.77.0.1 goes nowhere (no route leads there)", "New-NetRoute");
    }

    [Fact]
    public void Packets_of_the_daemon_go_beside_a_default_route_into_the_tunnel()
    {
        var all = _host.Client() with { Peers = [_host.Server() with { AllowedIps = [FakeProbe.Prefix("0.0.0.0/0")] }] };
        _host.Network.RouteRows.Add(FakeNetwork.Route(FakeNetwork.Tunnel, "0.0.0.0/0", 0));
        AssertTunnel(all, "routes", Verdict.Ok, "1 of 1 allowed IPs lead into the tunnel", null);
        AssertTunnel(all, "endpoint", Verdict.Ok, "server at 192.0.2.1:51820, reached by Ethernet", null);
        Assert.Equal(FakeNetwork.Ip("192.168.1.5"), new WindowsAnswers(_host.Network).SourceBeside("wg0", FakeNetwork.Ip("192.0.2.1")));
        Assert.Null(new WindowsAnswers(_host.Network).SourceBeside("wg0", FakeNetwork.Ip("127.0.0.1")));
        _host.Network.RouteRows.RemoveAll(static row => row.Interface == FakeNetwork.Ethernet);
        AssertFirst(all, "endpoint", "there is no way to server at 192.0.2.1:51820: no route leads there but the tunnel's own", "Get-NetRoute");
    }

    [Fact]
    public void Endpoints_that_cannot_be_reached_say_why()
    {
        var silent = _host.Client() with { Peers = [_host.Server() with { LastHandshake = 0 }] };
        _host.Knock = 1;
        AssertFirst(silent, "endpoint", "a firewall of this host forbids", "Get-NetFirewallRule");
        _host.Knock = 111;
        AssertFirst(silent, "endpoint", "nobody listens on its UDP port 51820", "start the tunnel at the other end");
    }

    [Fact]
    public void Filters_are_in_force_where_the_file_wants_them()
    {
        var all = _host.Client() with { KillSwitch = KillSwitchMode.On, NameServers = [FakeNetwork.Ip("10.77.0.1")], Peers = [_host.Server() with { AllowedIps = [FakeProbe.Prefix("0.0.0.0/0")] }] };
        AssertTunnel(all, "filters", Verdict.Problem, "the kill switch of the file is not in force", "pfsvpn reload wg0");
        AssertTunnel(all, "filters", Verdict.Problem, "nothing keeps the name servers of other adapters from being asked", "BFE");
        _host.Filters.UnionWith([FilterPurpose.KillSwitch, FilterPurpose.NameServers]);
        AssertTunnel(all, "filters", Verdict.Ok, "the kill switch is in force", null);
        AssertTunnel(all, "filters", Verdict.Ok, "no name server is asked but through the tunnel", null);
        AssertTunnel(_host.Client(), "filters", Verdict.Warning, "a kill switch is in force that the file does not want", "reload");
        // The most frequent reason why nothing goes any more.
        AssertTunnel(all with { Runs = false }, "filters", Verdict.Problem, "the kill switch of wg0 is closed: nothing leaves this machine", "pfsvpn down wg0 --lift");
        _host.FilterError = "only administrators may";
        AssertTunnel(all, "filters", Verdict.Skipped, "only administrators may", null);
    }

    [Fact]
    public void A_server_whose_daemon_the_firewall_does_not_know_is_warned()
    {
        var server = _host.Client() with { FilePort = 40000, Peers = [_host.Server() with { Endpoint = null }] };
        AssertTunnel(server, "filters", Verdict.Warning, "may hold back peers that begin from outside", "-LocalPort 40000");
        _host.Filters.Add(FilterPurpose.Daemon);
        Assert.DoesNotContain(WindowsDiagnosis.Of(_host).Tunnel(server), static entry => entry.Check == "filters");
    }

    [Fact]
    public void The_mtu_is_measured_and_set_in_words_of_windows()
    {
        _host.Paths["192.0.2.1"] = 1442;
        AssertFirst(_host.Client(), "mtu", "so 1380 fit into the tunnel, but its MTU is 1420", "Set-NetIPInterface -InterfaceAlias wg0 -NlMtuBytes 1380, and MTU = 1380");
    }

    [Fact]
    public void Name_servers_are_those_of_all_adapters()
    {
        var tunnel = _host.Client() with { NameServers = [FakeNetwork.Ip("10.77.0.1")] };
        AssertFirst(tunnel, "dns", "not in force: Get-DnsClientServerAddress has 192.168.1.1", "pfsvpn reload wg0");
        _host.Network.SetNameServers(FakeNetwork.Tunnel, isV4: true, ["10.77.0.1"], []);
        AssertTunnel(tunnel, "dns", Verdict.Ok, "10.77.0.1 answers", null);
        AssertTunnel(tunnel with { NameServers = [FakeNetwork.Ip("10.77.0.1"), FakeNetwork.Ip("9.9.9.9")] }, "dns", Verdict.Warning, "9.9.9.9 is asked beside the tunnel (by Ethernet)", "AllowedIPs: 9.9.9.9/32");
    }

    [Fact]
    public void The_owner_of_a_port_is_read_from_the_tables_of_windows()
    {
        // One row: 0.0.0.0:51820 of process 7.
        byte[] v4 = [1, 0, 0, 0, 0, 0, 0, 0, 0xCA, 0x6C, 0, 0, 7, 0, 0, 0, .. new byte[12]];
        Assert.Equal([7u, null], new[] { UdpPorts.OwnerV4(v4, 51820), UdpPorts.OwnerV4(v4, 51821) });
        byte[] v6 = [1, 0, 0, 0, .. new byte[20], 0xCA, 0x6C, 0, 0, 8, 0, 0, 0, .. new byte[28]];
        Assert.Equal([8u, null], new[] { UdpPorts.OwnerV6(v6, 51820), UdpPorts.OwnerV6(v6, 0) });
    }

    [Theory]
    [InlineData("/somewhere/wg0.conf")]
    [InlineData("/somewhere/wg0.conf.dpapi")]
    [InlineData("wg0")]
    public void A_sealed_file_is_named_after_its_tunnel_as_a_plain_one_is(string path) => Assert.Equal("wg0", PfsVpn.Cli.Provision.TunnelName.NameOf(path));

    private static ServiceSight Service(uint state, uint exitCode = 0, bool isAutomatic = true, string? failure = null) =>
        new(new ServiceState("wg0", state, exitCode, 0), isAutomatic, failure, @"C:\ProgramData\PfsVpn\State\wg0\service.log");

    private void AssertHost(string check, Verdict verdict, string what, string? remedy) =>
        DoctorTests.AssertOne(WindowsDiagnosis.Of(_host).Host().Where(entry => entry.Check == check), verdict, what, remedy);

    private void AssertTunnel(Patient tunnel, string check, Verdict verdict, string what, string? remedy) =>
        DoctorTests.AssertOne(WindowsDiagnosis.Of(_host).Tunnel(tunnel).Where(entry => entry.Check == check), verdict, what, remedy);

    private void AssertFirst(Patient tunnel, string check, string what, string remedy) => DoctorTests.AssertFirst(WindowsDiagnosis.Of(_host).Tunnel(tunnel), check, what, remedy);
}
