using PfsVpn.Cli;
using PfsVpn.Cli.Output;
using PfsVpn.Cli.Tunnel;

namespace PfsVpn.Tests.Cli.Tunnel;

/// <summary>What is written back into a tunnel's file, and what is printed of it.</summary>
public sealed class SaveTests
{
    private static readonly string Key = CannedDevices.Base64(1), First = CannedDevices.Base64(2), Second = CannedDevices.Base64(3);

    private static readonly string Text =
        $"# a comment\n[Interface]\nPrivateKey = {Key}\nAddress = 10.0.0.1/24\nDNS = 10.0.0.53, lab\nMTU = 1400\nTable = 7\nPostUp = echo %i\n#! KillSwitch = off\n#!OnConnect = notify %i\n"
        + $"[Peer]\nPublicKey = {First}\nEndpoint = vpn.example:51820\n#! ExcludedIPs = 10.9.0.0/16\n[Peer]\nPublicKey = {Second}\n";

    [Fact]
    public void The_running_state_the_keys_of_wg_quick_and_those_behind_the_mark_are_kept()
    {
        using var world = new TunnelWorld();
        using var daemon = new FakeDaemon(world.Context.ControlDirectory, "wg0", Running());
        world.Runner.Answers["ip -o address show dev wg0"] =
            "5: wg0    inet 10.0.0.1/24 scope global wg0\\       valid_lft forever\n5: wg0    inet 10.0.9.1/32 scope global wg0\n5: wg0    inet6 fe80::1234/64 scope link stable-privacy \\\n";
        world.Runner.Answers["ip link show dev wg0"] = "5: wg0: <UP> mtu 1390 qdisc";
        var path = Save(world);
        Assert.Equal(
            $"[Interface]\nAddress = 10.0.0.1/24\nAddress = 10.0.9.1/32\nDNS = 10.0.0.53\nDNS = lab\nMTU = 1390\nTable = 7\nPostUp = echo %i\n#! KillSwitch = off\n#!OnConnect = notify %i\n"
            + $"ListenPort = 51820\nPrivateKey = {Key}\n\n[Peer]\nPublicKey = {First}\nAllowedIPs = 10.1.0.0/16\nEndpoint = vpn.example:51820\n#! RekeyAfterTime = 60\n#! ExcludedIPs = 10.9.0.0/16\n\n"
            + $"[Peer]\nPublicKey = {Second}\nEndpoint = 192.0.2.9:1\n",
            File.ReadAllText(path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.False(File.Exists(path + ".tmp"));
    }

    [Fact]
    public void A_private_key_that_stands_elsewhere_is_not_written()
    {
        using var world = new TunnelWorld();
        using var daemon = new FakeDaemon(world.Context.ControlDirectory, "wg0", Running());
        var file = world.Parse("[Interface]\n#! PrivateKeyFile = wg0.key\n");
        new TunnelSaver(new TunnelHost(world.Context, "wg0", dryRun: false), file, file.Path).Save();
        var saved = File.ReadAllText(file.Path);
        Assert.Contains("#! PrivateKeyFile = wg0.key\n", saved, StringComparison.Ordinal);
        Assert.DoesNotContain("PrivateKey = ", saved, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_the_state_cannot_be_had_the_file_stays_as_it_was()
    {
        using var world = new TunnelWorld();
        using var daemon = new FakeDaemon(world.Context.ControlDirectory, "wg0", errno: 5);
        Assert.Throws<CliException>(() => Save(world));
        Assert.Equal(Text, File.ReadAllText(Path.Combine(world.Root, "wg0.conf")));
        Assert.Single(Directory.EnumerateFiles(world.Root));
    }

    [Theory]
    [InlineData("[Interface]\nAddress = 1.2.3.4\n  ListenPort = 1 \t\n#! KillSwitch = on\n# note\nMTU=1\n\n[Peer]\nMTU = 5\n", "[Interface]\nListenPort = 1\n#! KillSwitch = on\n# note\n\n[Peer]\nMTU = 5\n\n")]
    [InlineData("[interface]\r\naddress = 1.2.3.4\r\nListenPort = 1\r\n", "[interface]\r\nListenPort = 1\r\n\n")]
    [InlineData("", "\n")]
    public void Strip_leaves_what_is_not_wg_quick_s(string file, string stripped)
    {
        using var world = new TunnelWorld();
        var path = Path.Combine(world.Root, "stripped");
        using (var target = PrivateFile.Create(path))
        using (var output = new LockedWriter(target))
        {
            TunnelStripper.Print(world.Write("wg0.conf", file), output);
            output.Flush();
            target.Commit(replace: false);
        }
        Assert.Equal(stripped, File.ReadAllText(path));
    }

    private static string Save(TunnelWorld world)
    {
        var file = world.Parse(Text);
        new TunnelSaver(new TunnelHost(world.Context, "wg0", dryRun: false), file, file.Path).Save();
        return file.Path;
    }

    private static string Running() =>
        $"private_key={Hex(Key)}\nlisten_port=51820\npublic_key={Hex(First)}\nendpoint=192.0.2.1:51820\nallowed_ip=10.1.0.0/16\nrekey_after_time=60\npublic_key={Hex(Second)}\nendpoint=192.0.2.9:1\n";

    private static string Hex(string base64) => Convert.ToHexStringLower(Convert.FromBase64String(base64));
}
