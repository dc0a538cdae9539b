using PfsVpn.Cli;
using PfsVpn.Cli.Commands;
using PfsVpn.Cli.Output;
using PfsVpn.Cli.Provision;
using PfsVpn.Cli.Windows;
using PfsVpn.Cli.Windows.Service;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Tests.Cli.Windows;

/// <summary>Tunnels as services of Windows, with a service control manager that is none.</summary>
public sealed class ServiceTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("pfsvpn-winservice-").FullName;
    private readonly FakeServices _services = new();
    private readonly StringWriter _error = new();
    private readonly MemorySink _output = new();
    private readonly CliContext _context;

    public ServiceTests() => _context = new CliContext
    {
        Output = _output,
        Error = _error,
        Environment = static _ => null,
        ControlDirectory = Path.Combine(_root, "control"),
        RuntimeDirectory = Path.Combine(_root, "state"),
        IsRoot = true,
        Sleep = _ => _services.Step(),
    };

    public void Dispose()
    {
        _context.Dispose();
        _error.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public void A_service_is_named_after_its_tunnel_and_runs_this_program()
    {
        var service = TunnelService.Of(@"C:\Program Files\PfsVpn\pfsvpn.exe", "wg0", [], isAutomatic: true);
        Assert.Equal("PfsVpnTunnel$wg0", service.Name);
        Assert.Equal("\"C:\\Program Files\\PfsVpn\\pfsvpn.exe\" service run wg0", service.CommandLine);
        Assert.Equal(["Nsi", "TcpIp"], TunnelService.Dependencies);
        Assert.Equal("wg0", TunnelService.SubjectOf(service.CommandLine));
        Assert.Equal(@"C:\a b\wg0.conf", TunnelService.SubjectOf(WindowsCommandLine.Join(["p.exe", "service", "run", @"C:\a b\wg0.conf"])));
        var refused = Assert.Throws<CliException>(static () => TunnelService.Of("pfsvpn.exe", "a name", [], isAutomatic: true));
        Assert.Contains("named after its interface", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(@"C:\a b\wg0.conf", "\"C:\\a b\\wg0.conf\"")]
    [InlineData(@"C:\a\wg0.conf", @"C:\a\wg0.conf")]
    [InlineData(@"C:\a b\", "\"C:\\a b\\\\\"")]
    [InlineData("say \"x\"", "\"say \\\"x\\\"\"")]
    [InlineData("a\\\"b", "\"a\\\\\\\"b\"")]
    [InlineData("", "\"\"")]
    public void Words_are_quoted_as_programs_of_Windows_take_them_apart(string word, string quoted) =>
        Assert.Equal("\"p.exe\" " + quoted, WindowsCommandLine.Join(["p.exe", word]));

    [Fact]
    public void Lists_of_strings_end_twice() => Assert.Equal("Nsi\0TcpIp\0\0", ServiceSettings.List(TunnelService.Dependencies));

    [Fact]
    public void Few_privileges_are_for_the_start_and_fewer_stay()
    {
        Assert.Equal(["SeChangeNotifyPrivilege", "SeIncreaseWorkingSetPrivilege"], TunnelService.KeptPrivileges);
        Assert.Empty(TunnelService.KeptPrivileges.Except(TunnelService.Privileges));
        Assert.Contains("SeLoadDriverPrivilege", TunnelService.Privileges);
        foreach (var other in (string[])["SeDebugPrivilege", "SeTcbPrivilege", "SeAssignPrimaryTokenPrivilege", "SeCreateTokenPrivilege"]) Assert.DoesNotContain(other, TunnelService.Privileges);
    }

    [Fact]
    public void Up_makes_a_service_for_once_and_waits_until_it_runs()
    {
        Run(new WindowsUpCommand(_services), Tunnel("wg0"));
        Assert.False(_services.Installed["wg0"].IsAutomatic);
        Assert.EndsWith($"service run {Path.Combine(_root, "wg0.conf")}", _services.Installed["wg0"].CommandLine, StringComparison.Ordinal);
        Assert.Equal("wg0 is up: service PfsVpnTunnel$wg0", Last());
    }

    [Fact]
    public void Up_hands_metrics_to_the_service_that_it_makes_and_to_no_other()
    {
        var file = Tunnel("wg0");
        Assert.Contains(" [--metrics <address>:<port>] ", new WindowsUpCommand(_services).Arguments, StringComparison.Ordinal);
        Run(new WindowsUpCommand(_services), "--metrics", "0.0.0.0:9586", file);
        Assert.EndsWith($"service run --metrics 0.0.0.0:9586 {file}", _services.Installed["wg0"].CommandLine, StringComparison.Ordinal);
        Assert.Contains("Warning: 0.0.0.0:9586 can be reached by other hosts", _error.ToString(), StringComparison.Ordinal);

        _services.Install(Installed(file));
        var refused = Assert.Throws<CliException>(() => Run(new WindowsUpCommand(_services), "--metrics", "127.0.0.1:9586", file));
        Assert.Contains("starts with the machine", refused.Message, StringComparison.Ordinal);
        Assert.Equal(Installed(file), _services.Installed["wg0"]);
    }

    [Fact]
    public void Up_says_why_the_service_failed_and_takes_it_away_again()
    {
        _services.FailsWith = () => Fail("the port is taken");
        var failure = Assert.Throws<CliException>(() => Run(new WindowsUpCommand(_services), Tunnel("wg0")));
        Assert.Equal("the port is taken", failure.Message);
        Assert.Empty(_services.Installed);
    }

    [Fact]
    public void Up_starts_the_service_that_is_installed_and_leaves_it_as_it_is()
    {
        var file = Tunnel("wg0");
        _services.Install(Installed(file));
        Run(new WindowsUpCommand(_services), file);
        Assert.Equal(Installed(file), _services.Installed["wg0"]);
        Assert.Equal("wg0 is up: service PfsVpnTunnel$wg0, which starts with the machine", Last());
    }

    [Fact]
    public void Up_with_another_file_than_the_installed_service_has_says_so_and_starts_nothing()
    {
        var file = Tunnel("wg0");
        _services.Install(Installed("/elsewhere/wg0.conf"));
        var refused = Assert.Throws<CliException>(() => Run(new WindowsUpCommand(_services), file));
        Assert.Contains($"with /elsewhere/wg0.conf and not with {file}", refused.Message, StringComparison.Ordinal);
        Assert.Equal(Advapi32.SERVICE_STOPPED, _services.Find("wg0")!.State);
    }

    [Fact]
    public void Down_stops_the_service_and_removes_it_where_up_made_it()
    {
        var file = Tunnel("wg0");
        Run(new WindowsUpCommand(_services), file);
        Run(new WindowsDownCommand(_services), file);
        Assert.Empty(_services.Installed);
        _services.Install(Installed(file));
        Run(new WindowsUpCommand(_services), file);
        Run(new WindowsDownCommand(_services), file);
        Assert.Equal(Advapi32.SERVICE_STOPPED, _services.Find("wg0")!.State);
    }

    [Fact]
    public void Down_waits_for_a_service_that_cannot_be_asked_yet_or_stops_already()
    {
        var file = Tunnel("wg0");
        Run(new WindowsUpCommand(_services), file);
        _services.Refusals = 2;
        Run(new WindowsDownCommand(_services), file);
        Assert.Empty(_services.Installed);

        _services.Install(Installed(file));
        Run(new WindowsUpCommand(_services), file);
        Assert.True(_services.TryStop("wg0"));
        Run(new WindowsUpCommand(_services), file);
        Assert.Equal(Advapi32.SERVICE_RUNNING, _services.Find("wg0")!.State);
        Assert.True(_services.TryStop("wg0"));
        Run(new WindowsDownCommand(_services), file);
        Assert.Equal(Advapi32.SERVICE_STOPPED, _services.Find("wg0")!.State);
    }

    [Fact]
    public void Down_says_what_the_service_could_not_take_away_though_it_has_stopped()
    {
        var file = Tunnel("wg0");
        Run(new WindowsUpCommand(_services), file);
        _services.StopsWith = () => Fail("wg0: not all could be taken away");
        var failure = Assert.Throws<CliException>(() => Run(new WindowsDownCommand(_services), file));
        Assert.Equal("wg0: not all could be taken away", failure.Message);
        Assert.Empty(_services.Installed);
    }

    [Fact]
    public void A_sealed_file_is_for_the_tunnel_of_its_name()
    {
        Assert.Equal("wg0", TunnelName.NameOf("/x/wg0.conf.dpapi"));
        Assert.Equal("wg0", TunnelName.NameOf("/x/wg0.conf"));
        Assert.Equal("wg0", TunnelName.NameOf("wg0"));
    }

    [Fact]
    public void Only_an_administrator_changes_services_and_files_that_others_cannot_see_are_not_missing()
    {
        using var plain = new CliContext { Output = _output, Error = _error, Environment = static _ => null, IsRoot = false };
        _services.Install(new TunnelService("wg0", "", IsAutomatic: true));
        foreach (var word in (string[])["install", "remove"])
        {
            var refused = Assert.Throws<CliException>(() => new WindowsServiceCommand(_services).Run(plain, [word, "wg0"]));
            Assert.Contains("administrator", refused.Message, StringComparison.Ordinal);
        }
        Assert.Equal(0, new WindowsServiceCommand(_services).Run(plain, ["status"]));
        Assert.DoesNotContain("MISSING", _output.Text, StringComparison.Ordinal);
        Run(new WindowsServiceCommand(_services), "status");
        Assert.Contains("MISSING", _output.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_an_administrator_takes_tunnels_up_and_down()
    {
        using var plain = new CliContext { Output = _output, Error = _error, Environment = static _ => null, IsRoot = false };
        foreach (var command in (ICliCommand[])[new WindowsUpCommand(_services), new WindowsDownCommand(_services)])
        {
            var refused = Assert.Throws<CliException>(() => command.Run(plain, ["wg0"]));
            Assert.Contains("administrator", refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Status_shows_each_tunnel()
    {
        Run(new WindowsServiceCommand(_services), "status");
        Assert.Equal("no tunnel is installed as a service\n", _output.Text);
        _services.Install(new TunnelService("wg0", "", IsAutomatic: true));
        Run(new WindowsServiceCommand(_services), "status");
        Assert.Contains("PfsVpnTunnel$wg0: starts with the machine, stopped, ", _output.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Remove_stops_the_service_first()
    {
        _services.Install(new TunnelService("wg0", "", IsAutomatic: true));
        _services.Start("wg0");
        _services.Step();
        Run(new WindowsServiceCommand(_services), "remove", "wg0");
        Assert.Empty(_services.Installed);
        Assert.Contains("stopped PfsVpnTunnel$wg0", _error.ToString(), StringComparison.Ordinal);
        Run(new WindowsServiceCommand(_services), "remove", "wg0");
        Assert.Equal("nothing of it is installed", Last());
    }

    [Fact]
    public void What_cannot_be_on_Windows_says_so_in_a_sentence()
    {
        foreach (var command in CommandTree.Commands.Select(WindowsCommands.Of).OfType<AbsentCommand>())
        {
            var refused = Assert.Throws<CliException>(() => command.Run(_context, []));
            Assert.StartsWith($"pfsvpn {command.Name}: ", refused.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', refused.Message);
            Assert.EndsWith(".", refused.Message, StringComparison.Ordinal);
        }
        Assert.Equal(["lab", "exec"], CommandTree.Commands.Select(WindowsCommands.Of).OfType<AbsentCommand>().Select(static command => command.Name));
    }

    [Fact]
    public void The_journal_keeps_all_lines_and_reports_those_that_want_attention()
    {
        var path = Path.Combine(_root, "state", "wg0", ServiceJournal.FileName);
        var events = new List<(ushort, string)>();
        using var journal = new ServiceJournal(path, (type, text) => events.Add((type, text)));
        using var lines = new LogLines(journal, isJournal: false, TimeProvider.System, isService: true);
        lines.Use(LogFormat.Text, "wg0");
        lines.WriteLine("[#] address 10.0.0.1/24 on wg0");
        lines.WriteLine("Warning: something is odd");
        lines.Fail("it failed");
        // The daemon's lines come as they are.
        journal.WriteLine("INFO: (wg0) 2026/11/21 20:00:00 Interface up");
        var written = File.ReadAllText(path).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, written.Length);
        Assert.Matches(@"^INFO: \(wg0\) \d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[#\] address 10\.0\.0\.1/24 on wg0$", written[0]);
        Assert.Equal([Advapi32.EVENTLOG_WARNING_TYPE, Advapi32.EVENTLOG_ERROR_TYPE], events.Select(static one => one.Item1));
        Assert.EndsWith("it failed", events[1].Item2, StringComparison.Ordinal);
        Assert.Equal(Advapi32.EVENTLOG_ERROR_TYPE, ServiceJournal.TypeOf("""{"time":"x","level":"critical","message":"y"}"""));
        Assert.Equal(0, ServiceJournal.TypeOf("""{"time":"x","level":"info","message":"y"}"""));
    }

    private static TunnelService Installed(string file) => TunnelService.Of("pfsvpn.exe", file, [], isAutomatic: true);

    private string Tunnel(string name)
    {
        var path = Path.Combine(_root, name + ".conf");
        File.WriteAllText(path, "[Interface]\nPrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    private void Fail(string message)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_root, "state", "wg0")).FullName;
        File.WriteAllText(Path.Combine(folder, ServiceProcess.FailureItem), message);
    }

    private void Run(ICliCommand command, params string[] arguments) => Assert.Equal(0, command.Run(_context, arguments));

    private string Last() => _error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];

    /// <summary>Services that start and stop when somebody waits for them.</summary>
    private sealed class FakeServices : IServiceManager
    {
        private readonly Dictionary<string, uint> _states = new(StringComparer.Ordinal);

        public Dictionary<string, TunnelService> Installed { get; } = new(StringComparer.Ordinal);

        /// <summary>Called in the place of a start that succeeds.</summary>
        public Action? FailsWith { get; set; }

        /// <summary>Called before a service has stopped.</summary>
        public Action? StopsWith { get; set; }

        /// <summary>How often a request to stop comes too early.</summary>
        public int Refusals { get; set; }

        public void Step()
        {
            foreach (var (name, state) in _states.ToList())
            {
                if (state == Advapi32.SERVICE_STOP_PENDING)
                {
                    StopsWith?.Invoke();
                    _states[name] = Advapi32.SERVICE_STOPPED;
                }
                if (state != Advapi32.SERVICE_START_PENDING) continue;
                FailsWith?.Invoke();
                _states[name] = FailsWith is null ? Advapi32.SERVICE_RUNNING : Advapi32.SERVICE_STOPPED;
            }
        }

        public ServiceState? Find(string tunnel) => Installed.ContainsKey(tunnel) ? new ServiceState(tunnel, _states[tunnel], 0, 0) : null;

        public (bool IsAutomatic, string CommandLine)? Configuration(string tunnel) => Installed.TryGetValue(tunnel, out var service) ? (service.IsAutomatic, service.CommandLine) : null;

        public IReadOnlyList<ServiceState> All() => [.. Installed.Keys.Select(name => Find(name)!)];

        public IReadOnlyList<string> Install(TunnelService service)
        {
            Installed[service.Tunnel] = service;
            _states[service.Tunnel] = Advapi32.SERVICE_STOPPED;
            return [];
        }

        public void Start(string tunnel)
        {
            if (_states[tunnel] == Advapi32.SERVICE_STOPPED) _states[tunnel] = Advapi32.SERVICE_START_PENDING;
        }

        public bool TryStop(string tunnel)
        {
            if (Refusals-- > 0 || _states[tunnel] == Advapi32.SERVICE_STOP_PENDING) return false;
            _states[tunnel] = Advapi32.SERVICE_STOP_PENDING;
            return true;
        }

        public void Delete(string tunnel) => Installed.Remove(tunnel);
    }

    private sealed class MemorySink : IByteSink
    {
        public string Text { get; private set; } = "";

        public void Write(ReadOnlySpan<byte> bytes) => Text += System.Text.Encoding.UTF8.GetString(bytes);
    }
}
