using PfsVpn.Cli.Tunnel;

namespace PfsVpn.Tests.Cli.Tunnel;

/// <summary>A plan that is run, with a daemon that records what it is told.</summary>
public sealed class RealRunTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(static n => (byte)(n * 7))];

    [Fact]
    public void The_private_key_goes_to_the_daemon_and_to_nobody_else()
    {
        using var world = new TunnelWorld();
        using var daemon = new FakeDaemon(world.Context.ControlDirectory, "wg0");
        var (base64, hex) = (Convert.ToBase64String(Key), Convert.ToHexStringLower(Key));
        var file = world.Parse($"[Interface]\nPrivateKey = {base64}\nAddress = 10.0.0.1/24\nDNS = 10.0.0.53\nPostUp = true\n[Peer]\nPublicKey = {CannedDevices.Base64(1)}\nPresharedKey = {base64}\nAllowedIPs = 0.0.0.0/0\n");
        TunnelTransaction.Run(UpPlanner.Plan(file, "/etc/wireguard/wg0.conf"), new TunnelHost(world.Context, "wg0", dryRun: false));

        Assert.Contains($"private_key={hex}\n", daemon.Take()[0], StringComparison.Ordinal);
        var told = string.Join('\n', world.Runner.Ran.Concat(world.Runner.Inputs.Values).Append(world.Said).Concat(Directory.EnumerateFiles(world.Context.RuntimeDirectory, "*", SearchOption.AllDirectories).Select(File.ReadAllText)));
        Assert.Contains("ip -4 address add 10.0.0.1/24 dev wg0", told, StringComparison.Ordinal);
        Assert.DoesNotContain(base64, told, StringComparison.Ordinal);
        Assert.DoesNotContain(hex, told, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Hooks_run_in_bash_as_wg_quick_runs_them()
    {
        using var world = new TunnelWorld();
        using var daemon = new FakeDaemon(world.Context.ControlDirectory, "wg0");
        var file = world.Parse("[Interface]\nTable = off\nMTU = 1400\nPostUp = echo %i | cat\n");
        TunnelTransaction.Run(UpPlanner.Plan(file, "/real/wg0.conf"), new TunnelHost(world.Context, "wg0", dryRun: false));
        var hook = Assert.Single(world.Runner.Ran, static line => line.StartsWith("bash ", StringComparison.Ordinal));
        Assert.StartsWith("bash -e -o pipefail -O extglob -c ", hook, StringComparison.Ordinal);
        Assert.EndsWith(" wg0 /real/wg0.conf 1400 off echo wg0 | cat", hook, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("resolvconf", "resolvconf -a wg0 -m 0 -x", "resolvconf -d wg0 -f")]
    [InlineData("", null, null)]
    public void Name_servers_are_remembered_and_taken_back_the_way_they_were_set(string program, string? set, string? reset)
    {
        using var world = new TunnelWorld();
        File.WriteAllText(world.Context.ResolverFile, "nameserver 192.0.2.53\n");
        if (program.Length == 0) world.Runner.Programs.Remove("resolvconf");
        var plan = new TunnelPlan();
        TunnelDns.AddTo(plan, world.Parse("[Interface]\nDNS = 10.0.0.53, lab\n"));
        var host = new TunnelHost(world.Context, "wg0", dryRun: false);
        TunnelTransaction.Run(plan, host);
        Assert.Equal(set is null ? [] : [set], world.Runner.Ran);
        Assert.Equal(set is null, File.ReadAllText(world.Context.ResolverFile).Contains("nameserver 10.0.0.53\nsearch lab\n", StringComparison.Ordinal));
        TunnelDns.Reset(host);
        Assert.Equal(reset, world.Runner.Ran.LastOrDefault());
        Assert.Equal("nameserver 192.0.2.53\n", File.ReadAllText(world.Context.ResolverFile));
        Assert.False(new TunnelState(world.Context, "wg0").Exists);
    }
}
