using PfsVpn.Cli.Rootless;

namespace PfsVpn.Tests.Cli.Rootless;

/// <summary>What is set up around the program, as text.</summary>
public sealed class InsideTests
{
    private static readonly InsidePlan Plan = new()
    {
        Interface = "wg0", Mtu = 1420, Link = 9, Addresses = ["10.0.0.2/24", "fd00::2/64"], Routes = ["0.0.0.0/0", "::/0"], Unreachable = ["192.0.2.0/24"],
    };

    [Fact]
    public void Addresses_come_before_the_interface_is_up_and_routes_after()
    {
        string[] lines =
        [
            "link set lo up", "link set dev wg0 addrgenmode none", "address add 10.0.0.2/24 dev wg0", "address add fd00::2/64 dev wg0", "link set dev wg0 up",
            "route replace 0.0.0.0/0 dev wg0", "route replace ::/0 dev wg0", "route replace unreachable 192.0.2.0/24", "",
        ];
        Assert.Equal(lines, InsideNetwork.Batch(Plan, hasIpv6: true).Split('\n'));
    }

    [Fact]
    public void Without_IPv6_nothing_of_it_is_asked_for()
    {
        var batch = InsideNetwork.Batch(Plan, hasIpv6: false);
        Assert.DoesNotContain("::", batch, StringComparison.Ordinal);
        Assert.DoesNotContain("addrgenmode", batch, StringComparison.Ordinal);
        Assert.Contains("route replace 0.0.0.0/0 dev wg0", batch, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hosts:  mymachines resolve [!UNAVAIL=return] files myhostname dns", "hosts: files myhostname dns")]
    [InlineData("hosts: files mdns4_minimal [NOTFOUND=return] dns", "hosts: files dns")]
    [InlineData("hosts: files resolve # the host's", "hosts: files dns")]
    [InlineData("hosts: files dns", null)]
    [InlineData("passwd: files sss", null)]
    public void Names_are_not_asked_of_services_of_the_host(string line, string? expected)
    {
        var changed = NameFiles.NsSwitch($"passwd: files systemd\n{line}\nnetworks: files\n");
        Assert.Equal(expected is null ? null : $"passwd: files systemd\n{expected}\nnetworks: files\n", changed);
    }

    [Theory]
    [InlineData("nameserver 127.0.0.53\noptions edns0\n", true)]
    [InlineData("", true)]
    [InlineData("nameserver ::1\nnameserver 192.0.2.1\n", false)]
    public void A_stub_on_the_host_is_out_of_reach(string resolvConf, bool expected) => Assert.Equal(expected, NameFiles.IsOutOfReach(resolvConf));

    [Fact]
    public void A_resolv_conf_has_servers_and_search_domains() =>
        Assert.Equal(["nameserver 10.0.0.1", "nameserver fd00::1", "search a.example b.example", ""],
            NameFiles.ResolvConf("wg0", ["10.0.0.1", "fd00::1"], ["a.example", "b.example"]).Split('\n')[1..]);

    [Theory]
    [InlineData("user/max_user_namespaces", "0", "sysctl -w user.max_user_namespaces=")]
    [InlineData("kernel/unprivileged_userns_clone", "0", "sysctl -w kernel.unprivileged_userns_clone=1")]
    [InlineData("kernel/apparmor_restrict_unprivileged_userns", "1", "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0")]
    [InlineData("user/max_net_namespaces", "0", "sysctl -w user.max_net_namespaces=")]
    [InlineData("user/max_user_namespaces", "100", "seccomp")]
    public void What_is_off_is_named_with_the_command_that_turns_it_on(string file, string value, string words)
    {
        var settings = Directory.CreateTempSubdirectory("pfsvpn-exec-").FullName;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Join(settings, file))!);
            File.WriteAllText(Path.Join(settings, file), value + "\n");
            Assert.Contains(words, NamespaceRefusal.Explain(settings), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(settings, recursive: true);
        }
    }

    [Fact]
    public void A_folder_that_others_may_write_to_is_not_taken_for_the_control_socket()
    {
        if (OperatingSystem.IsWindows()) return;
        var user = NativeProgram.EffectiveUser;
        var folder = Directory.CreateTempSubdirectory("pfsvpn-exec-").FullName;
        try
        {
            string? Variable(string name) => name == ControlPlace.Variable ? Path.Join(folder, "own") : null;
            Assert.Equal(Path.Join(folder, "own"), ControlPlace.Make(Variable, user));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Join(folder, "own")));
            Assert.Equal(Path.Join(folder, "own"), ControlPlace.Find(Variable, user));
            File.SetUnixFileMode(Path.Join(folder, "own"), (UnixFileMode)0x1FF);
            Assert.Contains("not only this user's", Assert.Throws<PfsVpn.Cli.CliException>(() => ControlPlace.Make(Variable, user)).Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_plain_users_tunnels_are_looked_for_in_his_own_folder_while_he_has_any()
    {
        const uint Nobody = 4_000_000_001;
        Assert.Equal("/var/run/wireguard", ControlPlace.Find(static _ => null, 0));
        Assert.Equal("/var/run/wireguard", ControlPlace.Find(static _ => null, Nobody));
        Assert.Equal("/elsewhere", ControlPlace.Find(static name => name == ControlPlace.Variable ? "/elsewhere" : null, Nobody));
    }
}
