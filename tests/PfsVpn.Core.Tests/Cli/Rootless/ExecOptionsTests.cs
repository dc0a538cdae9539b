using PfsVpn.Cli.Commands;
using PfsVpn.Cli.Rootless;

namespace PfsVpn.Tests.Cli.Rootless;

/// <summary>The words behind exec.</summary>
public sealed class ExecOptionsTests
{
    [Theory]
    [InlineData("wg0", "/etc/wireguard/wg0.conf", "wg0")]
    [InlineData("wg0.conf", "wg0.conf", "wg0")]
    [InlineData("./home.conf", "./home.conf", "home")]
    public void A_name_stands_for_a_file_of_wireguard_and_a_file_names_the_interface(string word, string file, string name)
    {
        var options = ExecOptions.Read([word, "curl", "-v"]);
        Assert.Equal((file, name), (options.File, options.Interface));
        Assert.Equal(["curl", "-v"], options.Program);
        Assert.Null(options.Servers);
    }

    [Fact]
    public void Options_stand_between_the_file_and_the_program()
    {
        var options = ExecOptions.Read(["home.conf", "--dns", "9.9.9.9, 2620:fe::fe", "ls", "--dns", "x"]);
        Assert.Equal("home", options.Interface);
        Assert.Equal(["9.9.9.9", "2620:fe::fe"], options.Servers!);
        Assert.Equal(["ls", "--dns", "x"], options.Program);
    }

    [Theory]
    [InlineData("Which tunnel")]
    [InlineData("Which program", "wg0")]
    [InlineData("Which program", "wg0", "--dns", "9.9.9.9")]
    [InlineData("needs a value", "wg0", "--dns")]
    [InlineData("not the address", "wg0", "--dns", "dns.example", "ls")]
    [InlineData("Invalid option: `--mtu'", "wg0", "--mtu", "1300", "ls")]
    [InlineData("the name of a tunnel's file", "/tmp/a file.conf", "ls")]
    [InlineData("the name of a tunnel's file", "/dev/fd/63", "ls")]
    public void What_makes_no_sense_is_said(string complaint, params string[] words) =>
        Assert.Contains(complaint, Assert.Throws<UsageException>(() => ExecOptions.Read(words)).Message, StringComparison.Ordinal);

    [Fact]
    public void The_plan_for_the_inside_survives_its_way_as_arguments()
    {
        var plan = new InsidePlan
        {
            Interface = "wg0",
            Mtu = 1380,
            Link = 17,
            DropsCapabilities = true,
            Addresses = ["10.0.0.2/24", "fd00::2/64"],
            Routes = ["0.0.0.0/0", "::/0"],
            Unreachable = ["192.0.2.0/24"],
            Servers = ["10.0.0.1"],
            Search = ["route", "example.org"],
            Program = ["sh", "-c", "echo -- --"],
        };
        var read = InsidePlan.Read([.. plan.ToArguments(), .. plan.Program]);
        Assert.NotNull(read);
        Assert.Equal(plan.ToArguments(), read.ToArguments());
        Assert.Equal(plan.Program, read.Program);
        Assert.True(read.DropsCapabilities);
        Assert.Null(InsidePlan.Read([.. plan.ToArguments()]));
        Assert.Null(InsidePlan.Read(["wg0", "1420", "x", "drop", "--", "sh"]));
        Assert.Null(InsidePlan.Read([]));
    }
}
