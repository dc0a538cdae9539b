using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Daemon;

/// <summary>What the daemon tells a service manager, through both of its stages.</summary>
[Collection(DaemonTestCollection.Name)]
public sealed class NotifyTests : IDisposable
{
    private readonly TestNamespace _place = new();
    private readonly string _path = Path.Combine(Path.GetTempPath(), "daemon-notify-" + Guid.NewGuid().ToString("N"));
    private readonly Socket _manager = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    public NotifyTests()
    {
        _manager.Bind(new UnixDomainSocketEndPoint(_path));
        _manager.ReceiveTimeout = 30_000;
    }

    [RootFact]
    public void In_the_foreground_it_says_that_it_is_ready_that_it_lives_and_that_it_stops()
    {
        var name = RunningDaemon.NewName();
        // As systemd does it: the watchdog is for this very process, which both stages are.
        var command = $"PFSVPN_LOG_FORMAT=json WATCHDOG_PID=$$ WATCHDOG_USEC=100000 NOTIFY_SOCKET={_path} exec {Command.Pfsvpnd} -f {name}";
        using var daemon = new ForegroundDaemon(name, [], _place, "sh", "-c", command);
        while (Receive() != "READY=1")
        {
        }
        Assert.EndsWith("errno=0\n\n", RunningDaemon.Ask(name), StringComparison.Ordinal);
        for (var beat = 0; beat < 3; beat++) Assert.Equal("WATCHDOG=1", Receive());
        daemon.Signal(Native.SIGTERM);
        string message;
        do message = Receive();
        while (message == "WATCHDOG=1");
        Assert.Equal("STOPPING=1", message);
        var end = daemon.WaitForEnd();
        Assert.Equal(0, end.ExitCode);
        // Every line of the log came as JSON, as the environment asked.
        Assert.All(end.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Equal(name, JsonElement.Parse(line).GetProperty("interface").GetString()));
        Assert.Contains("\"event\":\"Ready\"", end.Output, StringComparison.Ordinal);
    }

    [RootFact]
    public void In_the_background_it_says_nothing()
    {
        using (RunningDaemon.Start(_place, RunningDaemon.NewName(), ("NOTIFY_SOCKET", _path), ("WATCHDOG_USEC", "100000"))) Assert.Equal(0, _manager.Available);
        Assert.Equal(0, _manager.Available);
    }

    [SystemdFact]
    public void The_unit_is_valid()
    {
        // Where it is verified its programs need not be installed.
        var unit = Path.Combine(Directory.CreateTempSubdirectory("daemon-unit-").FullName, "pfsvpnd@.service");
        File.WriteAllText(unit, File.ReadAllText(UnitFile.Path).Replace("/usr/local/bin/pfsvpn", "/bin/true #", StringComparison.Ordinal));
        var result = Command.Run("systemd-analyze", "verify", unit);
        Directory.Delete(Path.GetDirectoryName(unit)!, recursive: true);
        Assert.True(result is { ExitCode: 0, Output: "", Error: "" }, result.ToString());
        Assert.Equal("notify", new UnitFile().Value("Type"));
        Assert.Contains("--foreground", new UnitFile().Value("ExecStart"), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _manager.Dispose();
        File.Delete(_path);
        _place.Dispose();
    }

    private string Receive()
    {
        var buffer = new byte[4096];
        return Encoding.UTF8.GetString(buffer, 0, _manager.Receive(buffer));
    }

    private sealed class SystemdFactAttribute : FactAttribute
    {
        public SystemdFactAttribute() => Skip = Requirements.Skip(Requirements.Find("systemd-analyze") is null ? "needs systemd-analyze" : null);
    }
}
