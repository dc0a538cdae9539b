using System.Collections.Concurrent;
using System.Text;
using PfsVpn.Cli;
using PfsVpn.Cli.Attend;
using PfsVpn.Cli.Input;
using PfsVpn.Cli.Output;
using PfsVpn.Packets;

namespace PfsVpn.Tests.Cli.Attend;

/// <summary>The attendant beside a control socket that answers as told.</summary>
public sealed class AttendantTests : IDisposable
{
    private static readonly string Key = CannedDevices.Base64(7);
    private readonly string _folder = Directory.CreateTempSubdirectory("pfsvpn-attend-").FullName;
    private readonly ConcurrentQueue<string> _log = new();
    private readonly NamesByHand _names = new();
    private readonly CliContext _context;

    public AttendantTests() => _context = new CliContext
    {
        Output = new NoSink(),
        Error = TextWriter.Null,
        Environment = static _ => null,
        ControlDirectory = _folder,
        RuntimeDirectory = Path.Combine(_folder, "run"),
        Resolver = _names,
    };

    [Fact]
    public void A_peer_without_an_endpoint_gets_the_first_address_of_its_name_and_a_keepalive_at_once()
    {
        using var daemon = new FakeDaemon(_folder, "at0") { Status = Status() };
        using var attendant = Attend("Endpoint = vpn.example:51820\nPersistentKeepalive = 25");
        _names.Answer = [new EndpointAddress(new IpAddress(0xC0000201), 51820), new EndpointAddress(new IpAddress(0xC0000202), 51820)];
        var set = StepUntil(attendant, () => string.Concat(daemon.Take()) is { Length: > 0 } text ? text : null);
        var peer = $"public_key={CannedDevices.Hex(7)}\nupdate_only=true\nendpoint=192.0.2.1:51820\n";
        Assert.Equal($"set=1\n{peer}persistent_keepalive_interval=0\n{peer}persistent_keepalive_interval=25\n\n", set);
    }

    [Fact]
    public void A_resolver_that_is_down_is_told_of_and_asked_again()
    {
        using var daemon = new FakeDaemon(_folder, "at0") { Status = Status() };
        using var attendant = Attend("Endpoint = vpn.example:51820");
        StepUntil(attendant, () => _log.FirstOrDefault());
        Assert.Equal("vpn.example: Temporary failure in name resolution; it is looked up again", _log.First());
        _names.Answer = [new EndpointAddress(new IpAddress(0xC0000201), 51820)];
        StepUntil(attendant, () => daemon.Take().FirstOrDefault());
        Assert.True(_names.Asked > 1);
    }

    [Fact]
    public void Hooks_run_in_order_when_a_session_begins_and_when_the_interface_ends()
    {
        using var daemon = new FakeDaemon(_folder, "at0") { Status = Status(""", "current_key_age":1.5, "last_handshake_seconds_ago":1.5, "endpoint":"[2001:db8::1]:7" """) };
        var notes = Path.Combine(_folder, "notes");
        var hook = $"echo \"$WG_INTERFACE %i $PFSVPN_PEER $PFSVPN_PEER_NAME $PFSVPN_ENDPOINT $PFSVPN_EVENT\" >> {notes}";
        using (var attendant = Attend($"#! Name = the far end\n#! OnConnect = {hook}\n#! OnDisconnect = {hook}", $"#! OnConnect = echo first >> {notes}"))
        {
            attendant.Step();
            attendant.Step();
            attendant.End();
        }
        var line = $"at0 at0 {Key} the far end [2001:db8::1]:7";
        Assert.Equal(["first", $"{line} connect", $"{line} disconnect"], File.ReadAllLines(notes));
        Assert.Empty(_log);
    }

    [Fact]
    public void A_hook_that_fails_or_takes_too_long_is_told_of_and_those_behind_it_run()
    {
        var notes = Path.Combine(_folder, "notes");
        using (var runner = new HookRunner(_log.Enqueue, TimeSpan.FromMilliseconds(300)))
        {
            foreach (var command in (string[])["exit 3", "sleep 60; exit 0", $"echo behind > {notes}"]) runner.Add(new HookCall(command, new Dictionary<string, string>(StringComparer.Ordinal)));
        }
        Assert.Equal(["hook failed with exit code 3: exit 3", "hook ended after 0 s: sleep 60; exit 0"], _log.ToArray());
        Assert.Equal("behind\n", File.ReadAllText(notes));
    }

    [Fact]
    public void A_daemon_that_is_gone_ends_the_attendance()
    {
        using var attendant = Attend("Endpoint = vpn.example:51820");
        Assert.Null(attendant.Step());
    }

    [Fact]
    public void A_plan_that_was_read_again_does_not_connect_peers_a_second_time()
    {
        using var daemon = new FakeDaemon(_folder, "at0") { Status = Status(""", "current_key_age":1.5""") };
        var notes = Path.Combine(_folder, "notes");
        using (var attendant = Attend($"#! OnConnect = echo one >> {notes}"))
        {
            attendant.Step();
            Plan($"#! OnConnect = echo two >> {notes}\n#! OnDisconnect = echo gone >> {notes}", "");
            attendant.Step();
            attendant.End();
        }
        Assert.Equal(["one", "gone"], File.ReadAllLines(notes));
    }

    [Fact]
    public void Only_peers_with_a_name_to_look_up_or_hooks_are_attended_to_and_no_secret_is_kept()
    {
        var plan = Plan($"# PresharedKey = {CannedDevices.Base64(2)}\nEndpoint = 192.0.2.1:1 # {CannedDevices.Base64(2)}\n[Peer]\nPublicKey = {CannedDevices.Base64(8)}\nEndpoint = vpn.example:1", "MTU = 1400");
        Assert.Equal(CannedDevices.Base64(8), Assert.Single(plan.Peers).PublicKey.ToString());
        Assert.False(plan.FollowsMtu);
        Assert.DoesNotContain(CannedDevices.Base64(1), File.ReadAllText(Path.Combine(_context.RuntimeDirectory, "at0", AppliedFile.StateItem)), StringComparison.Ordinal);
        Assert.DoesNotContain(CannedDevices.Base64(2), File.ReadAllText(Path.Combine(_context.RuntimeDirectory, "at0", AppliedFile.StateItem)), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _context.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Status(string members = "") => $$"""{"secrecy":{"peers":[]},"peers":[{"public_key":"{{Key}}"{{members}}}]}""";

    private static T StepUntil<T>(Attendant attendant, Func<T?> query)
        where T : class
    {
        while (true)
        {
            attendant.Wait(attendant.Step() ?? TimeSpan.Zero);
            if (query() is { } found) return found;
        }
    }

    private Attendant Attend(string peer, string device = "") => new(_context, Plan(peer, device), _log.Enqueue);

    private AttendPlan Plan(string peer, string device)
    {
        var path = Path.Combine(_folder, "at0.conf");
        File.WriteAllText(path, $"[Interface]\nPrivateKey = {CannedDevices.Base64(1)}\n{device}\n[Peer]\nPublicKey = {Key}\nPresharedKey = {CannedDevices.Base64(2)}\n{peer}\n", new UTF8Encoding(false));
        AppliedFile.Remember(_context, "at0", path);
        using var applied = AppliedFile.Read(_context, "at0");
        return AttendPlan.Of(applied!, "at0");
    }

    private sealed class NoSink : IByteSink
    {
        public void Write(ReadOnlySpan<byte> bytes) => throw new InvalidOperationException("Nothing was to be printed.");
    }

    private sealed class NamesByHand : INameResolver
    {
        private int _asked;

        public IReadOnlyList<EndpointAddress>? Answer { get; set; }

        public int Asked => _asked;

        public int Resolve(string host, string port, out EndpointAddress endpoint) => throw new InvalidOperationException("All addresses are wanted.");

        public int ResolveAll(string host, string port, out IReadOnlyList<EndpointAddress> endpoints)
        {
            Interlocked.Increment(ref _asked);
            endpoints = Answer ?? [];
            return Answer is null ? NativeResolver.EAI_AGAIN : 0;
        }

        public ushort? ServicePort(string service) => null;
    }
}
