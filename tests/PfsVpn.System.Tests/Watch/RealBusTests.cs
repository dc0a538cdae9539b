using System.Diagnostics;
using System.Net.Sockets;
using PfsVpn.Daemon.Bus;
using PfsVpn.Daemon.Watch;
using PfsVpn.SystemTests.Daemon;
using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Watch;

/// <summary>The watch for sleep on a real dbus-daemon, with a logind of the test's own: what the bus passes on, and what it vouches for, is its own doing.</summary>
public sealed class RealBusTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("guard-dbus-").FullName;
    private readonly Process _bus;

    private string Socket => Path.Combine(_folder, "bus");

    public RealBusTests()
    {
        var configuration = Path.Combine(_folder, "bus.conf");
        File.WriteAllText(configuration,
            $"""
            <busconfig><type>custom</type><listen>unix:path={Socket}</listen><auth>EXTERNAL</auth>
            <policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy></busconfig>
            """);
        _bus = Command.Start([], BusFactAttribute.Program ?? "dbus-daemon", "--config-file=" + configuration, "--nofork", "--nopidfile", "--print-address");
        Assert.StartsWith("unix:path=", _bus.StandardOutput.ReadLine(), StringComparison.Ordinal);
    }

    [BusFact]
    public async Task A_whole_sleep_with_a_stranger_who_tries_to_pass_for_logind()
    {
        var sleeper = new RecordingSleeper();
        using var logind = new Client(Socket);
        using var stranger = new Client(Socket);
        using var watch = new SleepWatch($"unix:path={Socket}", sleeper, new SleepWatchSettings { FirstPause = TimeSpan.FromMilliseconds(20) });
        await watch.FirstLook.WaitAsync(Wait.Bound);
        Assert.Equal("logind cannot be asked (org.freedesktop.DBus.Error.ServiceUnknown)", watch.State);

        logind.Own("org.freedesktop.login1");
        using (var first = logind.Inhibited(out var daemon))
        {
            await Wait.UntilAsync("the lock", () => watch.Holds);
            // To the daemon itself, so that no rule keeps it out.
            stranger.SayPrepareForSleep(begins: true, daemon);
            logind.SayPrepareForSleep(begins: true);
            first.WaitForRelease();
        }
        Assert.Equal("prepare", sleeper.Next());
        logind.SayPrepareForSleep(begins: false);
        using var second = logind.Inhibited(out _);
        Assert.Equal("resume", sleeper.Next());
        Assert.False(second.IsReleased);
        Assert.False(sleeper.WasTold);
    }

    public void Dispose()
    {
        _bus.Kill();
        _bus.WaitForExit();
        _bus.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A client of the bus.</summary>
    private sealed class Client : IDisposable
    {
        private const string Bus = "org.freedesktop.DBus";
        private readonly BusPeer _peer;

        public Client(string path)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(path));
            _peer = new BusPeer(socket);
            _peer.WriteLine("\0AUTH EXTERNAL " + Convert.ToHexString(System.Text.Encoding.ASCII.GetBytes(PfsVpn.Daemon.Interop.Libc.geteuid().ToString(System.Globalization.CultureInfo.InvariantCulture))));
            Assert.StartsWith("OK ", _peer.ReadLine(), StringComparison.Ordinal);
            _peer.WriteLine("NEGOTIATE_UNIX_FD");
            Assert.Equal("AGREE_UNIX_FD", _peer.ReadLine());
            _peer.WriteLine("BEGIN");
            Call("Hello", new BusWriter());
        }

        public void Own(string name) => Call("RequestName", new BusWriter().String(name).UInt32(0));

        /// <summary>Waits until somebody asks for a lock, and gives it.</summary>
        public Inhibitor Inhibited(out string caller)
        {
            while (true)
            {
                var call = Receive();
                if (call.Kind != BusMessageKind.Call || call.Member != "Inhibit") continue;
                var inhibitor = Inhibitor.For(call);
                caller = call.Sender;
                _peer.Send(new BusMessage(BusMessageKind.Return, 0) { ReplySerial = call.Serial, Destination = caller }, new BusWriter().Descriptor(0), inhibitor.TheirEnd);
                inhibitor.CloseTheirEnd();
                return inhibitor;
            }
        }

        public void SayPrepareForSleep(bool begins, string destination = "") => _peer.Send(
            new BusMessage(BusMessageKind.Signal, 0) { Path = "/org/freedesktop/login1", Interface = FakeBus.Manager, Member = "PrepareForSleep", Destination = destination },
            new BusWriter().Boolean(begins));

        public void Dispose() => _peer.Dispose();

        private void Call(string member, BusWriter body)
        {
            var serial = _peer.Send(new BusMessage(BusMessageKind.Call, 0) { Destination = Bus, Path = "/org/freedesktop/DBus", Interface = Bus, Member = member }, body);
            BusMessage answer;
            do answer = Receive();
            while (answer.ReplySerial != serial);
            Assert.Equal(BusMessageKind.Return, answer.Kind);
        }

        private BusMessage Receive() => _peer.Receive() ?? throw new EndOfStreamException("the bus has ended");
    }
}
