using System.Globalization;
using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Attend;

/// <summary>A tunnel whose left end is taken up by `pfsvpn up` from a file, with /etc/hosts and /etc/resolv.conf of its own; the right end listens at 10.9.0.2 and answers at 10.77.0.2.</summary>
internal sealed class QuickTunnel : IAsyncDisposable
{
    private const string Wrap = "mount --bind \"$1\" /etc/hosts && mount --bind \"$2\" /etc/resolv.conf && shift 2 && exec \"$@\"";
    private readonly string _hosts = TestRun.FilePath("hosts"), _servers = TestRun.FilePath("resolv.conf"), _folder = TestRun.FilePath("tunnel");
    private bool _isUp;

    private QuickTunnel(TestNetwork network, NetworkNamespace left, TunnelEnd right, string privateKey)
    {
        (Network, Left, Right, PrivateKey) = (network, left, right, privateKey);
        Name = TestRun.InterfaceName();
        Directory.CreateDirectory(_folder);
        SetHosts("");
        // Nobody listens there.
        SetServer("127.0.0.1");
    }

    public TestNetwork Network { get; }

    public NetworkNamespace Left { get; }

    public TunnelEnd Right { get; }

    public string PrivateKey { get; }

    /// <summary>The left interface.</summary>
    public string Name { get; }

    /// <summary>The left end's file.</summary>
    public string File => Path.Combine(_folder, Name + ".conf");

    /// <summary>A file beside it, for hooks to write into.</summary>
    public string Notes => Path.Combine(_folder, "notes");

    public static async Task<QuickTunnel> CreateAsync(TestNetwork network) => await CreateAsync(network, await network.AddTwoHostsAsync());

    /// <summary>Between hosts that were made before.</summary>
    public static async Task<QuickTunnel> CreateAsync(TestNetwork network, (NetworkNamespace Left, NetworkNamespace Right) hosts)
    {
        var (left, right) = hosts;
        var end = await network.StartAsync(Implementation.PfsVpn, right);
        var key = await WireGuardKey.GenerateAsync();
        await end.ConfigureAsync(Tunnel.RightPort, new PeerSettings(await WireGuardKey.PublicAsync(key), "10.77.0.1/32"));
        await end.UpAsync(1420, "10.77.0.2/24", "10.99.0.1/32");
        return new QuickTunnel(network, left, end, key);
    }

    /// <summary>What names the left host knows: lines of /etc/hosts.</summary>
    public void SetHosts(string lines) => System.IO.File.WriteAllText(_hosts, "127.0.0.1 localhost\n" + lines);

    /// <summary>Which name server the left host asks.</summary>
    public void SetServer(string address) => System.IO.File.WriteAllText(_servers, $"nameserver {address}\n");

    /// <summary>Writes the left end's file.</summary>
    public void Write(string device, string peer, bool withKey = true)
    {
        System.IO.File.WriteAllText(File, $"[Interface]\n{(withKey ? $"PrivateKey = {PrivateKey}\n" : "")}{device}\n[Peer]\nPublicKey = {Right.PublicKey}\n{peer}\n");
        System.IO.File.SetUnixFileMode(File, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>Runs `pfsvpn WORDS FILE` on the left host.</summary>
    public Task<ShellResult> TryRunAsync(params string[] words) => Left.TryRunAsync("unshare", Command(words));

    /// <summary>The arguments of `unshare` that run `pfsvpn WORDS FILE` with the host's own names.</summary>
    public string[] Command(params string[] words) => ["--mount", "sh", "-c", Wrap, "sh", _hosts, _servers, Programs.Cli, .. words, File];

    /// <summary>Takes it up.</summary>
    public async Task<ShellResult> UpAsync()
    {
        _isUp = true;
        return Shell.Checked(await TryRunAsync("up"));
    }

    /// <summary>Somebody takes it up in another way: whatever is left of it at the end is taken down.</summary>
    public void MayBeUp() => _isUp = true;

    /// <summary>Takes it down.</summary>
    public async Task DownAsync()
    {
        _isUp = false;
        Shell.Checked(await TryRunAsync("down"));
    }

    /// <summary>The process ids of its daemon, by the control socket's owner.</summary>
    public async Task<int> DaemonAsync() => int.Parse((await Shell.RunAsync("pgrep", "-f", $"pfsvpnd {Name}$")).Split('\n')[0], CultureInfo.InvariantCulture);

    /// <summary>Seconds since 1970 of the last handshake, 0 for none.</summary>
    public async Task<long> HandshakeAsync() => long.Parse(await ShownAsync("latest-handshakes"), CultureInfo.InvariantCulture);

    /// <summary>Where the left end sends.</summary>
    public Task<string> EndpointAsync() => ShownAsync("endpoints");

    /// <summary>Waits for a handshake.</summary>
    public Task ConnectedAsync() => Wait.UntilAsync($"a handshake of {Name}", async () => await HandshakeAsync() > 0, TimeSpan.FromSeconds(40));

    /// <summary>Pings from the left host until somebody answers: the first packet may be lost.</summary>
    public Task ReachAsync(string address) => Wait.UntilAsync($"an answer of {address}", async () => (await Left.TryRunAsync("ping", ["-c1", "-W1", address])).ExitCode == 0);

    public async ValueTask DisposeAsync()
    {
        if (_isUp) await TryRunAsync("down");
        await Network.DisposeAsync();
    }

    private async Task<string> ShownAsync(string what) =>
        (await Left.RunAsync("wg", "show", Name, what)).Split('\n').Single(line => line.StartsWith(Right.PublicKey, StringComparison.Ordinal)).Split('\t')[1].Trim();
}
