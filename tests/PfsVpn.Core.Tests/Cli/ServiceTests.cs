using PfsVpn.Cli;
using PfsVpn.Cli.Output;
using PfsVpn.Cli.Service;
using PfsVpn.Cli.Tunnel;

namespace PfsVpn.Tests.Cli;

/// <summary><c>service</c>: in a tree of the test's own, without systemd and with one that is played.</summary>
public sealed class ServiceTests : IDisposable
{
    private const string Units = "etc/systemd/system";
    private const string Program = "/bin/sh";

    private readonly string _root = Directory.CreateTempSubdirectory("service-").FullName;
    private readonly CliStage _stage = new();

    public ServiceTests() => WriteTunnel("etc/wireguard/wg0.conf");

    [Fact]
    public void Install_writes_the_units_and_makes_the_links_and_a_second_one_changes_nothing()
    {
        var run = Service("install", "wg0", "--metrics");
        Assert.Equal((0, ""), (run.ExitCode, run.Output));
        Assert.Equal(
            [
                "etc/systemd/system/multi-user.target.wants/pfsvpn-metrics.service -> /etc/systemd/system/pfsvpn-metrics.service",
                "etc/systemd/system/multi-user.target.wants/pfsvpn.target -> /etc/systemd/system/pfsvpn.target",
                "etc/systemd/system/multi-user.target.wants/pfsvpn@wg0.service -> /etc/systemd/system/pfsvpn@.service",
                "etc/systemd/system/pfsvpn-metrics.service", "etc/systemd/system/pfsvpn.target",
                "etc/systemd/system/pfsvpn.target.wants/pfsvpn@wg0.service -> /etc/systemd/system/pfsvpn@.service",
                "etc/systemd/system/pfsvpn@.service", "etc/wireguard/wg0.conf",
            ], Tree());
        Assert.Contains("\nExecStart=/usr/bin/pfsvpn up --foreground %i\n", Read($"{Units}/pfsvpn@.service"), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead, File.GetUnixFileMode(At($"{Units}/pfsvpn@.service")));
        Assert.Equal(new RunResult(0, "", "everything is installed already\n"), Service("install", "wg0", "--metrics"));
        Assert.Contains("pfsvpn@wg0.service: enabled, ", Service("status").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Remove_takes_away_what_install_made_and_leaves_the_tunnels_file()
    {
        var before = Tree();
        Service("install", "wg0", "--metrics");
        WriteTunnel("etc/wireguard/wg1.conf");
        Service("install", "wg1");
        Service("remove", "wg0");
        Assert.Contains("etc/systemd/system/pfsvpn@.service", Tree());
        Assert.Equal(0, Service("remove", "wg1", "--metrics").ExitCode);
        Assert.Equal([.. before, "etc/wireguard/wg1.conf"], Tree());
        Assert.Equal(new RunResult(0, "", "nothing of it is installed\n"), Service("remove", "wg1"));
    }

    [Fact]
    public void Units_that_were_changed_or_belong_to_a_package_are_used_and_left()
    {
        Service("install", "wg0");
        File.AppendAllText(At($"{Units}/pfsvpn@.service"), "# mine\n");
        Assert.Contains("pfsvpn@.service is not of this command, or was changed: it is used as it is\n", Service("install", "wg0").Error, StringComparison.Ordinal);
        Service("remove", "wg0");
        Assert.EndsWith("# mine\n", Read($"{Units}/pfsvpn@.service"), StringComparison.Ordinal);

        File.Delete(At($"{Units}/pfsvpn@.service"));
        foreach (var unit in (string[])["pfsvpn@.service", "pfsvpn.target"]) Write("usr/lib/systemd/system/" + unit, "");
        Service("install", "wg0");
        Assert.DoesNotContain($"{Units}/pfsvpn@.service", Tree());
        Assert.Contains($"{Units}/multi-user.target.wants/pfsvpn@wg0.service -> /usr/lib/systemd/system/pfsvpn@.service", Tree());
        Service("remove", "wg0");
        Assert.Contains("usr/lib/systemd/system/pfsvpn@.service", Tree());
    }

    [Fact]
    public void A_unit_of_another_version_is_renewed()
    {
        Service("install", "wg0");
        var path = At($"{Units}/pfsvpn@.service");
        var current = File.ReadAllText(path);
        File.WriteAllText(path, UnitFile.Compose(UnitFile.Tunnel, "/opt/old place/100%/pfsvpn"));
        Assert.Contains("\nExecStart=\"/opt/old place/100%%/pfsvpn\" up --foreground %i\n", File.ReadAllText(path), StringComparison.Ordinal);
        Assert.Contains($"wrote {path}\n", Service("install", "wg0").Error, StringComparison.Ordinal);
        Assert.Equal(current, File.ReadAllText(path));
    }

    [Fact]
    public void A_file_elsewhere_is_copied_for_root_alone_and_never_over_another()
    {
        WriteTunnel("home/wg5.conf", "10.0.0.5/24");
        var run = Service("install", At("home/wg5.conf"));
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(Read("home/wg5.conf"), Read("etc/wireguard/wg5.conf"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(At("etc/wireguard/wg5.conf")));
        Assert.Equal(0, Service("install", At("home/wg5.conf")).ExitCode);
        WriteTunnel("home/wg5.conf", "10.0.0.6/24");
        var before = Tree();
        run = Service("install", At("home/wg5.conf"));
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("there is another file of this name; it is left as it is", run.Error, StringComparison.Ordinal);
        Assert.Equal(before, Tree());
    }

    [Theory]
    [InlineData("wg-quick@wg0")]
    [InlineData("pfsvpnd@wg0")]
    public void What_owns_the_interface_already_is_named_and_nothing_is_changed(string other)
    {
        Directory.CreateDirectory(At($"{Units}/multi-user.target.wants"));
        File.CreateSymbolicLink(At($"{Units}/multi-user.target.wants/{other}.service"), "/lib/systemd/system/x.service");
        var before = Tree();
        var run = Service("install", "wg0");
        Assert.Equal((1, $"{other}.service is enabled for the same interface. Either keep it, or run: systemctl disable --now {other}   and this command again\n"), (run.ExitCode, run.Error));
        Assert.Equal(before, Tree());
    }

    [Theory]
    [InlineData("there is no such file; pfsvpn new makes one", "install", "wg7")]
    [InlineData("1 to 15 letters, digits or _.-", "install", "a=b")]
    [InlineData("--now is for this system, not for a tree", "install", "wg0", "--now")]
    [InlineData("Usage: pfsvpn service ", "install")]
    [InlineData("Usage: pfsvpn service ", "remove")]
    [InlineData("Usage: pfsvpn service ", "status", "wg0")]
    [InlineData("Invalid word: `upgrade'", "upgrade", "wg0")]
    [InlineData("Invalid option: `--force'", "install", "wg0", "--force")]
    public void What_cannot_be_done_is_said_and_changes_nothing(string complaint, params string[] words)
    {
        var before = Tree();
        var run = Service(words);
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Contains(complaint, run.Error, StringComparison.Ordinal);
        Assert.Equal(before, Tree());
    }

    [Fact]
    public void A_tunnel_that_is_wrong_is_not_installed()
    {
        Write("etc/wireguard/wg8.conf", "[Interface]\nPrivateKee = x\n");
        var run = Service("install", "wg8");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("wg8.conf:2: ", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain($"{Units}/pfsvpn@.service", Tree());
    }

    [Fact]
    public void With_systemd_it_is_systemctl_that_enables_and_starts()
    {
        var manager = new PlayedManager();
        Install(manager, "wg0");
        Assert.Equal(["daemon-reload", "enable pfsvpn.target pfsvpn@wg0.service", "is-active pfsvpn@wg0.service", "start pfsvpn@wg0.service"], manager.Asked);
    }

    [Theory]
    [InlineData("daemon-reload")]
    [InlineData("enable")]
    [InlineData("start")]
    public void What_systemd_refuses_is_taken_back(string refused)
    {
        var before = Tree();
        var manager = new PlayedManager { Refused = refused };
        WriteTunnel("home/wg5.conf");
        before = [.. before.Append("home/wg5.conf").Order(StringComparer.Ordinal)];
        var failure = Assert.Throws<CliException>(() => Install(manager, At("home/wg5.conf")));
        Assert.StartsWith($"systemctl {refused}", failure.Message, StringComparison.Ordinal);
        Assert.Equal(before, Tree());
        if (refused == "start") Assert.Equal(["stop pfsvpn@wg5.service", "disable pfsvpn.target pfsvpn@wg5.service", "daemon-reload"], manager.Asked[^3..]);
    }

    public void Dispose()
    {
        _stage.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    private void Install(PlayedManager manager, string tunnel)
    {
        using var context = new CliContext { Output = new Nowhere(), Error = TextWriter.Null, Environment = static _ => null, Commands = manager };
        new ServiceInstaller(context, new ServiceTree(_root, isManaged: true), Program, static _ => { }).Install(tunnel.Contains('/') ? tunnel : At($"etc/wireguard/{tunnel}.conf"), metrics: false, now: true);
    }

    private RunResult Service(params string[] words) => _stage.Cli(["service", .. words, "--root", _root]);

    private string At(string path) => Path.Combine(_root, path);

    private string Read(string path) => File.ReadAllText(At(path));

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllText(At(path), text);
    }

    private void WriteTunnel(string path, string address = "10.0.0.1/24") => Write(path, $"[Interface]\nPrivateKey = {new string('A', 43)}=\nAddress = {address}\n");

    /// <summary>Every file and link, with where it leads.</summary>
    private string[] Tree() =>
        [.. Directory.EnumerateFileSystemEntries(_root, "*", SearchOption.AllDirectories).Where(ServiceTree.IsThere).Where(static path => !Directory.Exists(path) || new FileInfo(path).LinkTarget is not null)
            .Select(path => Path.GetRelativePath(_root, path) + (new FileInfo(path).LinkTarget is { } target ? " -> " + target : "")).Order(StringComparer.Ordinal)];

    private sealed class Nowhere : IByteSink
    {
        public void Write(ReadOnlySpan<byte> bytes)
        {
        }
    }

    /// <summary>Notes what systemctl is asked, and refuses one word once.</summary>
    private sealed class PlayedManager : ICommandRunner
    {
        public List<string> Asked { get; } = [];

        public string? Refused { get; init; }

        public CommandResult Run(CommandRequest request)
        {
            Assert.Equal("systemctl", request.Program);
            var isFirst = Asked.All(asked => !asked.StartsWith(request.Arguments[0], StringComparison.Ordinal));
            Asked.Add(string.Join(' ', request.Arguments));
            if (request.Arguments[0] == "is-active") return new CommandResult(3, "inactive\n");
            return request.Arguments[0] == Refused && isFirst ? new CommandResult(1, Error: "no") : new CommandResult(0);
        }

        public string? Find(string program) => program;
    }
}
