using System.Net;
using PfsVpn.SystemTests.Everyday;
using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Windows;

/// <summary>`pfsvpn.exe doctor`: tunnels are broken, and it names the cause before all else.</summary>
public sealed class WindowsDoctorTests(ITestOutputHelper output)
{
    [WindowsFact]
    public async Task What_is_wrong_with_a_tunnel_is_named_and_what_is_well_is_said_to_be()
    {
        await using var network = new TestNetwork(output);
        var bed = await UpBed.CreateAsync(network);
        var file = await bed.WriteAsync(more: "MTU = 1380", allowedIps: "10.77.0.2/32, 10.78.0.0/16");
        await AssertFoundAsync(bed, file, "interface", $"{bed.Tunnel} is not up", "pfsvpn up");

        // Its service seals the file.
        await bed.PfsvpnAsync("service", "install", "--now", file);
        await bed.PingAsync("10.77.0.2");
        var well = await AssertWellAsync(bed, bed.Tunnel);
        Assert.Contains(".conf.dpapi is well-formed", well.Single(static finding => finding.Check == "file").What, StringComparison.Ordinal);
        Assert.Contains("runs, and starts with the machine", well.Single(static finding => finding.Check == "service").What, StringComparison.Ordinal);
        Assert.Equal(["rights", "libraries", "libraries", "memlock", "clock", "daemon", "file", "service", "port", "interface", "allowed-ips", "routes", "endpoint", "handshake", "mtu", "mtu"], well.Select(static finding => finding.Check));
        Assert.Contains("packets of up to 1500 bytes pass", well[^2].What, StringComparison.Ordinal);
        Assert.Contains("1380 bytes pass through the tunnel to 10.77.0.2", well[^1].What, StringComparison.Ordinal);

        await bed.Host.IpAsync($"route delete 10.78.0.0/16 dev {bed.Tunnel}");
        await AssertFoundAsync(bed, bed.Tunnel, "routes", "10.78.0.0/16 of ", $"New-NetRoute -DestinationPrefix 10.78.0.0/16 -InterfaceAlias {bed.Tunnel}");
        await bed.Host.IpAsync($"route add 10.78.0.0/16 dev {bed.Tunnel}");

        await bed.Host.IpAsync("link set eth0 mtu 1400");
        await AssertFoundAsync(bed, bed.Tunnel, "mtu", "packets of up to 1400 bytes pass", "MTU = 1340 in the file");
        await bed.Host.IpAsync("link set eth0 mtu 1500");
        await AssertWellAsync(bed, bed.Tunnel);

        await bed.PfsvpnAsync("service", "remove", bed.Tunnel);
        using (bed.Host.OpenUdp(IPAddress.Any, 51999))
            await AssertFoundAsync(bed, await bed.WriteAsync(more: "ListenPort = 51999"), "port", "UDP port 51999 is taken by", "another ListenPort");
    }

    [WindowsFact]
    public async Task A_peer_that_does_not_answer_is_named()
    {
        await using var network = new TestNetwork(output);
        var bed = await UpBed.CreateAsync(network);
        await bed.Right.Host.NftAsync($"table ip test {{\n  chain input {{\n    type filter hook input priority 0\n    udp dport {Tunnel.RightPort} drop\n  }}\n}}\n");
        using var process = bed.Start("up", "--foreground", await bed.WriteAsync());
        await bed.IsUpAsync(process);

        await AssertFoundAsync(bed, bed.Tunnel, "handshake", $"does not answer handshakes at 10.9.0.2:{Tunnel.RightPort}", "at the other end look");
        process.Signal(Syscalls.SIGINT);
        Assert.Equal(0, await process.ExitAsync());
    }

    [WindowsFact]
    public async Task A_library_that_is_missing_is_named_with_where_it_comes_from()
    {
        await using var network = new TestNetwork(output);
        var windows = await network.AddWindowsAsync(await network.AddNamespaceAsync("desk"));
        var folder = WindowsPrograms.CopyTo(TestRun.FilePath("programs"), "pfsvpn.exe", "pfsvpnd.exe", "libsodium.dll");

        var result = await windows.Machine.TryRunAsync(Path.Combine(folder, "pfsvpn.exe"), ["doctor", "--json"]);
        Assert.Equal(2, result.ExitCode);
        var first = DoctorFinding.Read(result.Output).First(static finding => finding.Verdict == "problem");
        Assert.Equal("libraries", first.Check);
        Assert.Contains("wintun.dll is missing", first.What, StringComparison.Ordinal);
        Assert.Contains("wintun.net", first.What, StringComparison.Ordinal);
    }

    // The shipped pfsvpn.exe demands a signature of wintun.dll, and that of the tests has none: so much is wrong with the host each time.
    private static async Task<IReadOnlyList<DoctorFinding>> ExamineAsync(UpBed bed, string tunnel)
    {
        var result = await bed.TryPfsvpnAsync("doctor", tunnel, "--json");
        Assert.True(result.ExitCode == 2, result.ToString());
        var all = DoctorFinding.Read(result.Output);
        var wrong = all.Single(static finding => finding.Tunnel is null && finding.Verdict is not "ok");
        Assert.Contains("wintun.dll is not loaded: it is not signed", wrong.What, StringComparison.Ordinal);
        return all;
    }

    private static async Task<IReadOnlyList<DoctorFinding>> AssertWellAsync(UpBed bed, string tunnel)
    {
        var all = await ExamineAsync(bed, tunnel);
        Assert.DoesNotContain(all, static finding => finding.Tunnel is not null && finding.Verdict is not "ok");
        return all;
    }

    private static async Task AssertFoundAsync(UpBed bed, string tunnel, string check, string what, string remedy)
    {
        var first = (await ExamineAsync(bed, tunnel)).First(static finding => finding is { Tunnel: not null, Verdict: "problem" });
        Assert.True(first.Check == check && first.What.Contains(what, StringComparison.Ordinal), $"expected {check}: …{what}…\nfound {first.Check}: {first.What}");
        Assert.Contains(remedy, first.Remedy, StringComparison.Ordinal);
    }
}
