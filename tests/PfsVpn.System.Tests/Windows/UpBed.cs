using System.Net;
using System.Text.Json;
using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Windows;

/// <summary>A Windows host on the left that is to take a tunnel up, and an end on Linux on the right that waits for it.</summary>
internal sealed class UpBed
{
    private readonly WindowsHost _windows;
    private readonly Journal _journal;
    private readonly string _folder = Directory.CreateDirectory(TestRun.FilePath("tunnels")).FullName;

    private UpBed(NetworkNamespace host, WindowsHost windows, TunnelEnd right, string tunnel, string privateKey, Journal journal) =>
        (Host, _windows, Right, Tunnel, PrivateKey, _journal) = (host, windows, right, tunnel, privateKey, journal);

    /// <summary>The Windows host's namespace.</summary>
    public NetworkNamespace Host { get; }

    /// <summary>The other end.</summary>
    public TunnelEnd Right { get; }

    /// <summary>The tunnel's name.</summary>
    public string Tunnel { get; }

    /// <summary>What the IP helper was asked for.</summary>
    public WindowsNetwork Network => _windows.Network!;

    /// <summary>The machine.</summary>
    public WineMachine Machine => _windows.Machine;

    /// <summary>Where the tunnel's service writes what it has to say.</summary>
    public string ServiceLog => Machine.FileOf($@"C:\ProgramData\PfsVpn\State\{Tunnel}\service.log");

    /// <summary>The hosts, and the end on the right with the addresses 10.77.0.2, 10.78.0.1 and fd77::2, to which everything of the left is allowed.</summary>
    public static async Task<UpBed> CreateAsync(TestNetwork network, bool hasIpHelper = true)
    {
        var (left, rightHost) = await network.AddTwoHostsAsync();
        var tunnel = TestRun.InterfaceName();
        var started = network.StartAsync(Implementation.PfsVpn, rightHost);
        var windows = await network.AddWindowsAsync(left, hasIpHelper ? tunnel : null);
        var right = await started;
        var key = await WireGuardKey.GenerateAsync();
        await right.ConfigureAsync(Harness.Tunnel.RightPort, new PeerSettings(await WireGuardKey.PublicAsync(key), "10.77.0.1/32, fd77::1/128"));
        await right.UpAsync(1420, "10.77.0.2/24", "10.78.0.1/32", "fd77::2/64");
        return new UpBed(left, windows, right, tunnel, key, network.Journal);
    }

    /// <summary>The tunnel's file.</summary>
    public string FilePath => Path.Combine(_folder, Tunnel + ".conf");

    /// <summary>The key of the Windows host.</summary>
    public string PrivateKey { get; }

    /// <summary>Writes the tunnel's file. Returns its path as Windows has it.</summary>
    /// <param name="more">Further lines of [Interface].</param>
    /// <param name="allowedIps">What goes to the other end.</param>
    /// <param name="endpoint">The other end's address or name.</param>
    /// <param name="key">The line that says where the private key is; null: it stands there.</param>
    /// <param name="peer">Further lines of [Peer].</param>
    public async Task<string> WriteAsync(string more = "", string allowedIps = "10.77.0.2/32, fd77::2/128", string endpoint = "10.9.0.2", string? key = null, string peer = "")
    {
        await File.WriteAllTextAsync(
            FilePath, $"[Interface]\n{key ?? $"PrivateKey = {PrivateKey}"}\nAddress = 10.77.0.1/24, fd77::1/64\n{more}\n{new PeerSettings(Right.PublicKey, allowedIps) { Endpoint = $"{endpoint}:{Harness.Tunnel.RightPort}" }}{peer}\n");
        File.SetUnixFileMode(FilePath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return WineMachine.PathOf(FilePath);
    }

    /// <summary>Starts pfsvpn.exe where the Windows host knows names: lines of /etc/hosts.</summary>
    public async Task<DaemonProcess> StartKnowingAsync(string names, params IReadOnlyList<string> words)
    {
        var hosts = Path.Combine(_folder, "hosts");
        await File.WriteAllTextAsync(hosts, names + "\n");
        var process = Host.Start(
            "unshare", ["--mount", "sh", "-c", "mount --bind \"$1\" /etc/hosts && shift && exec \"$@\"", "sh", hosts, Machine.Launcher, Path.Combine(WindowsPrograms.Folder, "pfsvpn.exe"), .. words]);
        return new DaemonProcess(process, "pfsvpn.exe " + words[0], _journal);
    }

    /// <summary>Starts pfsvpn.exe.</summary>
    public DaemonProcess Start(params IReadOnlyList<string> words) => new(Machine.Start(Path.Combine(WindowsPrograms.Folder, "pfsvpn.exe"), words), "pfsvpn.exe " + words[0], _journal);

    /// <summary>Runs pfsvpn.exe; any exit code other than 0 is a failure.</summary>
    public async Task<string> PfsvpnAsync(params IReadOnlyList<string> words) => Shell.Checked(await TryPfsvpnAsync(words)).Output;

    /// <summary>Runs pfsvpn.exe, whatever its exit code.</summary>
    public async Task<ShellResult> TryPfsvpnAsync(params IReadOnlyList<string> words)
    {
        var result = await Machine.TryPfsvpnAsync(words);
        foreach (var line in (result.Output + result.Error).Split('\n', StringSplitOptions.RemoveEmptyEntries)) _journal.Add("pfsvpn.exe " + words[0], line);
        return result;
    }

    /// <summary>Waits until the program in the foreground has taken the tunnel up.</summary>
    public Task IsUpAsync(DaemonProcess process) => process.LineAsync($"{Tunnel} is up");

    /// <summary>Waits until the service's status has these words.</summary>
    public Task ServiceIsAsync(string words) =>
        Wait.UntilAsync($"the service to be shown as \"{words}\"", async () => (await PfsvpnAsync("service", "status")).Contains(words, StringComparison.Ordinal));

    /// <summary>Waits until each address answers.</summary>
    public async Task PingAsync(params IEnumerable<string> addresses)
    {
        foreach (var address in addresses)
        {
            using var ping = Pinger.Open(Host, IPAddress.Parse(address));
            await ping.UntilAnsweredAsync();
        }
    }

    /// <summary>The adapter's addresses without those of the link.</summary>
    public async Task<IReadOnlyList<string>> AddressesAsync()
    {
        using var document = JsonDocument.Parse(await Host.RunAsync("ip", "-j", "address", "show", "dev", Tunnel));
        return [.. document.RootElement[0].GetProperty("addr_info").EnumerateArray().Where(static address => address.GetProperty("scope").GetString() != "link")
            .Select(static address => $"{address.GetProperty("local").GetString()}/{address.GetProperty("prefixlen")}")];
    }

    /// <summary>The routes through the adapter.</summary>
    public async Task<string> RoutesAsync() => await Host.RunAsync("ip", "route", "show", "dev", Tunnel) + await Host.RunAsync("ip", "-6", "route", "show", "dev", Tunnel);

    /// <summary>Demands that the adapter is closed, and that nothing is left of addresses, routes and name servers.</summary>
    public async Task IsDownAsync()
    {
        await Wait.UntilAsync("the adapter to be closed", () => _windows.WireOf(Tunnel).Events is "" or [.., '.']);
        Assert.Empty(await AddressesAsync());
        Assert.Equal("", await RoutesAsync());
        Assert.Empty(Network.Servers);
    }
}
