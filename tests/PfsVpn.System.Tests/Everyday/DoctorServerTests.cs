using System.Net;
using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Everyday;

/// <summary>A server, broken in many ways.</summary>
public sealed class DoctorServerTests(ITestOutputHelper output)
{
    [SystemFact]
    public async Task A_server_is_told_what_is_wrong_and_how_to_mend_it()
    {
        await using var network = new TestNetwork(output) { LogLevel = "error" };
        var (left, right, _, bed) = await DoctorTunnel.CreateAsync(network);
        var client = new PeerSettings(left.PublicKey, "10.77.0.1/32");
        bed.Extra = "PostUp = nft add rule ip nat postrouting oifname eth0 masquerade\n";
        await right.Host.SysctlAsync("net.ipv4.ip_forward=1");
        bed.WriteFile(DoctorTunnel.RightPort, client);
        await bed.AssertWellAsync();
        await bed.AssertFoundAsync("firewall", $"the policy of inet closed, chain input drops UDP port {DoctorTunnel.RightPort}", $"udp dport {DoctorTunnel.RightPort} accept",
            () => right.Host.NftAsync("table inet closed { chain input { type filter hook input priority 0; policy drop; iifname \"lo\" accept; ct state established,related accept; ip protocol icmp accept; }; }"),
            () => right.Host.RunAsync("nft", "insert", "rule", "inet", "closed", "input", "udp", "dport", $"{DoctorTunnel.RightPort}", "accept"));
        await bed.AssertFoundAsync("forwarding", "IPv4 is not forwarded", "sysctl -w net.ipv4.ip_forward=1",
            () => right.Host.SysctlAsync("net.ipv4.ip_forward=0"), () => right.Host.SysctlAsync("net.ipv4.ip_forward=1"));
        await bed.AssertFoundAsync("port", $"listens on UDP port {DoctorTunnel.RightPort}, and its file says 51900", "pfsvpn reload", () =>
        {
            bed.WriteFile(51900, client);
            return Task.CompletedTask;
        }, () =>
        {
            bed.WriteFile(DoctorTunnel.RightPort, client);
            return Task.CompletedTask;
        });
        bed.Expose(toAll: true);
        var (code, findings) = await bed.ExamineAsync();
        Assert.Equal(1, code);
        Assert.Contains(findings, static finding => finding is { Check: "file", Verdict: "warning" } && finding.Remedy.StartsWith("chmod 600", StringComparison.Ordinal));
        await right.StopAsync();
        using (right.Host.OpenUdp(IPAddress.Any, DoctorTunnel.RightPort))
            Assert.Contains($"UDP port {DoctorTunnel.RightPort} is taken by", (await bed.ExamineAsync()).Findings.First(static finding => finding.Verdict == "problem").What, StringComparison.Ordinal);
        Assert.Equal($"{right.Interface} is not up", (await bed.ExamineAsync()).Findings.First(static finding => finding.Verdict == "problem").What);
    }
}
