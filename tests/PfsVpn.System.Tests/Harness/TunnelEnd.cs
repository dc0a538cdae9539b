using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace PfsVpn.SystemTests.Harness;

/// <summary>One end of a tunnel: a daemon in a namespace with its interface and its key, configured by the stock `wg`, or by our own program where that is not.</summary>
public sealed class TunnelEnd : IAsyncDisposable
{
    private readonly Journal _journal;
    private readonly string _logLevel;
    private readonly IReadOnlyDictionary<string, string> _environment;
    private DaemonProcess? _daemon;

    private TunnelEnd(
        Implementation implementation, NetworkNamespace host, IEndTools tools, string privateKey, string publicKey, Journal journal, string logLevel, IReadOnlyDictionary<string, string>? environment)
    {
        (Implementation, Host, Interior, Tools, PrivateKey, PublicKey, _journal, _logLevel) = (implementation, host, host, tools, privateKey, publicKey, journal, logLevel);
        _environment = environment ?? new Dictionary<string, string>(StringComparer.Ordinal);
        Interface = TestRun.InterfaceName();
    }

    /// <summary>Which program it is.</summary>
    public Implementation Implementation { get; }

    /// <summary>Where the daemon and its UDP sockets are.</summary>
    public NetworkNamespace Host { get; }

    /// <summary>Where its interface is: the same namespace, until it is moved.</summary>
    public NetworkNamespace Interior { get; private set; }

    /// <summary>The interface's name.</summary>
    public string Interface { get; }

    /// <summary>The private key in base64.</summary>
    public string PrivateKey { get; }

    /// <summary>The public key in base64.</summary>
    public string PublicKey { get; }

    /// <summary>How the daemon is started, asked and ended.</summary>
    public IEndTools Tools { get; }

    /// <summary>The running daemon.</summary>
    public DaemonProcess Daemon => _daemon ?? throw new InvalidOperationException($"{this} is not running");

    /// <summary>Chooses names and keys; nothing runs yet.</summary>
    public static async Task<TunnelEnd> CreateAsync(
        Implementation implementation, NetworkNamespace host, IEndTools tools, Journal journal, string logLevel, IReadOnlyDictionary<string, string>? environment = null)
    {
        var key = await WireGuardKey.GenerateAsync();
        return new TunnelEnd(implementation, host, tools, key, await WireGuardKey.PublicAsync(key), journal, logLevel, environment);
    }

    /// <summary>Starts the daemon, and waits until its control socket answers. Where its socket and interface are left of a killed one, it has to cope.</summary>
    public async Task StartAsync(bool withoutIpv6 = false)
    {
        var environment = new Dictionary<string, string>(_environment, StringComparer.Ordinal) { ["LOG_LEVEL"] = _logLevel };
        var process = withoutIpv6 ? OnDyingThread(() => StartWithoutIpv6(environment)) : Tools.Start(Interface, environment);
        _daemon = new DaemonProcess(process, ToString(), _journal);
        Interior = Host;
        await Wait.UntilAsync($"{this} to answer on its control socket", () =>
        {
            Daemon.DemandRunning();
            return Tools.IsAnsweringAsync(Interface);
        });
    }

    /// <summary>Ends the daemon by SIGKILL: it can clean nothing up.</summary>
    public async Task KillAsync()
    {
        Daemon.Signal(Syscalls.SIGKILL);
        await Daemon.ExitAsync();
        _daemon!.Dispose();
        _daemon = null;
    }

    /// <summary>Ends the daemon in order, and returns its exit code.</summary>
    public async Task<int> StopAsync()
    {
        Daemon.Signal(Tools.EndSignal);
        var code = await Daemon.ExitAsync();
        _daemon!.Dispose();
        _daemon = null;
        return code;
    }

    /// <summary>`wg setconf` with its own key, this port and these peers.</summary>
    public Task ConfigureAsync(int listenPort, params PeerSettings[] peers) =>
        SetConfigurationAsync($"[Interface]\nPrivateKey = {PrivateKey}\n{(listenPort == 0 ? "" : $"ListenPort = {listenPort}\n")}{string.Concat(peers.Select(peer => peer.ToString()))}");

    /// <summary>`wg setconf` with this text.</summary>
    public async Task SetConfigurationAsync(string text) => Shell.Checked(await Tools.RunWithFileAsync(text, "setconf", Interface));

    /// <summary>`wg set NAME` with the words of one line.</summary>
    public async Task SetAsync(string words) => Shell.Checked(await Tools.RunAsync(["set", Interface, .. words.Split(' ', StringSplitOptions.RemoveEmptyEntries)]));

    /// <summary>`wg set NAME peer KEY` with the words of one line.</summary>
    public Task SetPeerAsync(TunnelEnd peer, string words) => SetAsync($"peer {peer.PublicKey} {words}");

    /// <summary>`pfsvpn set NAME` with the words of one line: what `wg` has no words for.</summary>
    public async Task SetOwnAsync(string words) => Shell.Checked(await Tools.RunOwnAsync(["set", Interface, .. words.Split(' ', StringSplitOptions.RemoveEmptyEntries)]));

    /// <summary>Sets the pre-shared key with a peer.</summary>
    public async Task SetPresharedKeyAsync(TunnelEnd peer, string key) =>
        Shell.Checked(await Tools.RunWithFileAsync(key + "\n", "set", Interface, "peer", peer.PublicKey, "preshared-key"));

    /// <summary>Runs `pfsvpn` with these words, whatever its exit code.</summary>
    public Task<ShellResult> TryOwnAsync(params IReadOnlyList<string> words) => Tools.RunOwnAsync(words);

    /// <summary>What `pfsvpn secrecy NAME --json` prints.</summary>
    public async Task<JsonElement> SecrecyAsync() => JsonElement.Parse(Shell.Checked(await Tools.RunOwnAsync("secrecy", Interface, "--json")).Output);

    /// <summary>Gives the interface an MTU and addresses, and turns it on.</summary>
    public async Task UpAsync(int mtu, params string[] addresses)
    {
        await Interior.IpAsync($"link set {Interface} mtu {mtu}");
        await TestNetwork.AddAddressesAsync(Interior, Interface, addresses);
        await Interior.IpAsync($"link set {Interface} up");
    }

    /// <summary>Moves the interface, and not the daemon, to another namespace. It is down afterwards and has lost its addresses.</summary>
    public async Task MoveInterfaceAsync(NetworkNamespace target)
    {
        await Interior.IpAsync($"link set {Interface} netns {target.Name}");
        Interior = target;
    }

    /// <summary>All peers, as `wg show NAME dump` prints them.</summary>
    public async Task<IReadOnlyList<PeerDump>> DumpAsync() =>
        [.. Shell.Checked(await Tools.RunAsync("show", Interface, "dump")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(PeerDump.Parse)];

    /// <summary>What it shows of a peer.</summary>
    public async Task<PeerDump> PeerAsync(TunnelEnd peer) => (await DumpAsync()).Single(line => line.PublicKey == peer.PublicKey);

    /// <summary>Waits for a completed handshake that is later than <paramref name="after"/> (seconds since 1970).</summary>
    public Task HandshakeAsync(TunnelEnd peer, long after = 0, TimeSpan? bound = null) =>
        Wait.UntilAsync($"{this} to show a handshake with {peer}", async () => (await PeerAsync(peer)).LatestHandshake > after, bound);

    /// <summary>Waits until it shows this endpoint for a peer.</summary>
    public async Task EndpointAsync(TunnelEnd peer, IPEndPoint endpoint)
    {
        var shown = "";
        try
        {
            await Wait.UntilAsync($"{this} to show endpoint {endpoint} for {peer}", async () => (shown = (await PeerAsync(peer)).Endpoint) == endpoint.ToString());
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}; it shows {shown}", e);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Implementation switch { Implementation.PfsVpn => "pfsvpnd", Implementation.Windows => "pfsvpnd.exe", _ => "wireguard-go" }} {Host.Role}";

    public async ValueTask DisposeAsync()
    {
        if (_daemon is null) return;
        try
        {
            if (!_daemon.HasExited) await StopAsync();
        }
        finally
        {
            _daemon?.Dispose();
            Tools.Remove(Interface);
        }
    }

    private Process StartWithoutIpv6(IReadOnlyDictionary<string, string> environment)
    {
        Syscalls.RefuseIpv6Sockets();
        return Tools.Start(Interface, environment);
    }

    private static T OnDyingThread<T>(Func<T> action)
    {
        T? result = default;
        var thread = new Thread(() => result = action());
        thread.Start();
        thread.Join();
        return result!;
    }
}
