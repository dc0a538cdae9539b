using System.Globalization;
using System.Text.RegularExpressions;
using PfsVpn.SystemTests.Harness;
using PfsVpn.SystemTests.Quick;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Attend;

/// <summary>
/// A tunnel whose left end is a host with /run and /etc of its own, so that resolvconf and wg-quick can do all they do. The right end listens at 10.8.0.2, and answers at 10.77.0.2, fd77::2 and 10.99.0.1.
/// </summary>
internal sealed partial class BoxedTunnel : IAsyncDisposable
{
    /// <summary>The left interface.</summary>
    public const string Name = "boxed";

    private const int LeftPort = 51_900;
    private readonly TestNetwork _network;
    private readonly TunnelBox _box;
    private readonly TunnelEnd _right;
    private readonly string _privateKey, _file;
    private readonly Dictionary<string, string> _environment = new(WgQuick.Environment, StringComparer.Ordinal);

    private BoxedTunnel(TestNetwork network, TunnelBox box, TunnelEnd right, string privateKey)
    {
        (_network, _box, _right, _privateKey) = (network, box, right, privateKey);
        _file = Path.Combine(Directory.CreateDirectory(TestRun.FilePath("boxed")).FullName, Name + ".conf");
    }

    /// <summary>Makes both hosts; the left end's address in the tunnel may be any of 10.77.0.0/24 and fd77::/64.</summary>
    public static async Task<BoxedTunnel> CreateAsync(ITestOutputHelper output)
    {
        var network = new TestNetwork(output);
        var box = await TunnelBox.OpenAsync();
        var host = await network.AddNamespaceAsync("right");
        var first = box.FirstProcess.ToString(CultureInfo.InvariantCulture);
        await Shell.RunAsync("ip", "link", "add", "cable", "netns", first, "type", "veth", "peer", "name", "cable", "netns", host.Name);
        // What the kernel chooses by chance would differ from one look at the host to the next.
        await box.RunAsync("ip", "link", "set", "cable", "addrgenmode", "none", "up");
        await box.RunAsync("ip", "address", "add", "10.8.0.1/24", "dev", "cable");
        await box.RunAsync("sysctl", "-q", "net.ipv4.conf.all.src_valid_mark=1");
        await host.IpAsync("link set cable up");
        await TestNetwork.AddAddressesAsync(host, "cable", "10.8.0.2/24");
        var right = await network.StartAsync(Implementation.PfsVpn, host);
        var key = await WireGuardKey.GenerateAsync();
        await right.ConfigureAsync(Tunnel.RightPort, new PeerSettings(await WireGuardKey.PublicAsync(key), "10.77.0.0/24, fd77::/64"));
        await right.UpAsync(1420, "10.77.0.2/24", "fd77::2/64", "10.99.0.1/32");
        return new BoxedTunnel(network, box, right, key);
    }

    /// <summary>Takes a program out of PATH.</summary>
    public async Task HideAsync(string program)
    {
        await _box.RunAsync("bash", "-c", $"mkdir /run/real && ln -s /usr/sbin/* /usr/bin/* /sbin/* /bin/* /run/real/ 2> /dev/null; rm /run/real/{program}");
        _environment["PATH"] = "/run/real";
    }

    /// <summary>Writes the left end's file.</summary>
    /// <param name="device">Further lines of [Interface].</param>
    /// <param name="peer">Further lines of the right end's [Peer].</param>
    public void Write(string device, string peer)
    {
        File.WriteAllText(_file, $"[Interface]\nPrivateKey = {_privateKey}\nListenPort = {LeftPort}\n{device}\n[Peer]\nPublicKey = {_right.PublicKey}\nEndpoint = 10.8.0.2:{Tunnel.RightPort}\n{peer}\n");
        File.SetUnixFileMode(_file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>`pfsvpn WORD FILE` on the left host, whatever its exit code.</summary>
    public Task<ShellResult> TryRunAsync(string word) => TryRunAsync(Programs.Cli, word, _file);

    /// <summary>A program on the left host, whatever its exit code.</summary>
    public async Task<ShellResult> TryRunAsync(string program, params string[] arguments)
    {
        var result = await _box.TryRunAsync(program, arguments, _environment);
        _network.Journal.Add("left", result.ToString());
        return result;
    }

    /// <summary>The same, and any exit code other than 0 is a failure.</summary>
    public async Task<string> RunAsync(string program, params string[] arguments) => Shell.Checked(await TryRunAsync(program, arguments)).Output;

    /// <summary>`pfsvpn WORD FILE`; what it says is returned.</summary>
    public async Task<string> CommandAsync(string word) => Shell.Checked(await TryRunAsync(word)).Error;

    /// <summary>The stock `wg-quick WORD FILE`, with pfsvpnd as its daemon. `down` returns when the daemon has ended, too.</summary>
    public async Task WgQuickAsync(string word)
    {
        await RunAsync(WgQuick.Program, word, _file);
        if (word == "down") await Wait.UntilAsync("the daemon's end", async () => (await _box.TryRunAsync("test", ["-e", $"/run/wireguard/{Name}.sock"])).ExitCode != 0);
    }

    /// <summary>Starts a program on the left host, all its streams pipes.</summary>
    public System.Diagnostics.Process Start(string program, params string[] arguments) => Shell.Start(
        "nsenter", ["--target", _box.FirstProcess.ToString(CultureInfo.InvariantCulture), "--mount", "--net", "--pid", program, .. arguments], _environment);

    /// <summary>What the tunnel has made of the left host: addresses, routes, rules, firewall, name servers, and the daemon's settings.</summary>
    public Task<string> StateAsync() => LookAsync("bash", Path.Combine(TunnelBox.Scripts, "state.sh"), Name);

    /// <summary>All that a tunnel may have left of itself on the left host.</summary>
    public Task<string> TraceAsync() => LookAsync("bash", "-c", $"bash {TunnelBox.Scripts}/state.sh; find /run/pfsvpn; find /run/resolvconf -type f");

    /// <summary>The resolver's file.</summary>
    public async Task<string> ResolverAsync() => (await _box.TryRunAsync("cat", ["/etc/resolv.conf"])).Output;

    /// <summary>Pings until somebody answers: the first packet may be lost.</summary>
    public Task ReachAsync(string address) => Wait.UntilAsync($"an answer of {address}", async () => (await _box.TryRunAsync("ping", ["-c1", "-W1", address])).ExitCode == 0);

    /// <summary>The session that there is, as the right end knows it: when its handshake was.</summary>
    public async Task<long> HandshakeAsync() => (await _right.DumpAsync())[0].LatestHandshake;

    public async ValueTask DisposeAsync()
    {
        await _box.DisposeAsync();
        await _network.DisposeAsync();
    }

    /// <summary>What a program prints, without what chance decides, and the tables of the firewall in the order of their names: they have none of their own.</summary>
    private async Task<string> LookAsync(string program, params string[] arguments)
    {
        var text = (await _box.TryRunAsync(program, arguments)).Output;
        var tables = new Queue<string>(FirewallTable().Matches(text).Select(static table => table.Value).Order(StringComparer.Ordinal));
        text = FirewallTable().Replace(text, _ => tables.Dequeue());
        return Counter().Replace(LinkLocal().Replace(text, "fe80::chance"), "counter");
    }

    [GeneratedRegex(@"^table .*?^\}\n", RegexOptions.Multiline | RegexOptions.Singleline, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex FirewallTable();

    [GeneratedRegex(@"counter packets \d+ bytes \d+", RegexOptions.None, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Counter();

    [GeneratedRegex("fe80::[0-9a-f:]*[0-9a-f]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex LinkLocal();
}
