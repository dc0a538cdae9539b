using System.Globalization;
using System.Net;
using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Kernel;

/// <summary>A tunnel between a daemon in the machine's neighbour namespace and the machine's kernel. Inner addresses 10.77.N.1 and .2, fd77:N::1 and ::2.</summary>
public sealed class KernelTunnel
{
    private readonly int _number;

    private KernelTunnel(KernelMachine machine, TunnelEnd end, int number, string publicKey) =>
        (Machine, End, _number, PublicKey) = (machine, end, number, publicKey);

    /// <summary>The machine with the kernel's end.</summary>
    public KernelMachine Machine { get; }

    /// <summary>Our end.</summary>
    public TunnelEnd End { get; }

    /// <summary>The kernel's public key.</summary>
    public string PublicKey { get; }

    /// <summary>The kernel's interface.</summary>
    public string Link => $"wg{_number}";

    public int OurPort => 51900 + _number;

    public int KernelPort => 52900 + _number;

    public IPAddress OurV4 => IPAddress.Parse($"10.77.{_number}.1");

    public IPAddress KernelV4 => IPAddress.Parse($"10.77.{_number}.2");

    public IPAddress KernelV6 => IPAddress.Parse($"fd77:{_number}::2");

    /// <summary>Starts our end, and configures both. Each end knows the other's endpoint only if it is to start the tunnel.</summary>
    public static async Task<KernelTunnel> CreateAsync(
        TestNetwork network, KernelMachine machine, Implementation implementation, int number, bool kernelStarts = false, string? presharedKey = null, bool overIpv6 = false)
    {
        var end = await network.StartAsync(implementation, machine.Host);
        var key = await WireGuardKey.GenerateAsync();
        var tunnel = new KernelTunnel(machine, end, number, await WireGuardKey.PublicAsync(key));
        await end.ConfigureAsync(tunnel.OurPort, new PeerSettings(tunnel.PublicKey, $"{tunnel.KernelV4}/32, {tunnel.KernelV6}/128")
        {
            Endpoint = kernelStarts ? null : overIpv6 ? $"[fd09::2]:{tunnel.KernelPort}" : $"10.9.0.2:{tunnel.KernelPort}",
            PresharedKey = presharedKey,
        });
        await end.UpAsync(1420, $"{tunnel.OurV4}/24", $"fd77:{number}::1/64");
        var endpoint = overIpv6 ? $"[fd09::1]:{tunnel.OurPort}" : $"10.9.0.1:{tunnel.OurPort}";
        await machine.RunAsync(
            $"ip link add {tunnel.Link} type wireguard && echo {key} >/tmp/key && echo {presharedKey ?? ""} >/tmp/psk && " +
            $"wg set {tunnel.Link} private-key /tmp/key listen-port {tunnel.KernelPort} peer {end.PublicKey} {(presharedKey is null ? "" : "preshared-key /tmp/psk")} " +
            $"allowed-ips {tunnel.OurV4}/32,fd77:{number}::1/128 {(kernelStarts ? "endpoint " + endpoint : "")} && " +
            $"ip address add {tunnel.KernelV4}/24 dev {tunnel.Link} && ip address add fd77:{number}::2/64 dev {tunnel.Link} && ip link set {tunnel.Link} mtu 1420 up");
        return tunnel;
    }

    /// <summary>Has the kernel ping us until there is a reply.</summary>
    public Task KernelPingsAsync() => Wait.UntilAsync("a reply to the kernel's ping", async () => (await Machine.TryRunAsync($"ping -c 1 -W 2 {OurV4}")).Code == 0, TimeSpan.FromSeconds(60));

    /// <summary>Sets something of the kernel's interface: the rest of the line after `wg set wgN`.</summary>
    public Task<string> SetKernelAsync(string words) => Machine.RunAsync($"wg set {Link} {words}");

    /// <summary>What the kernel shows of us.</summary>
    public async Task<PeerDump> KernelPeerAsync() => PeerDump.Parse((await Machine.RunAsync($"wg show {Link} dump")).Split('\n')[1]);

    /// <summary>What our end shows of the kernel.</summary>
    public async Task<PeerDump> OurPeerAsync() => (await End.DumpAsync()).Single();

    /// <summary>Waits until the kernel shows this endpoint for us.</summary>
    public Task KernelSeesAsync(string endpoint) => Wait.UntilAsync($"the kernel to show endpoint {endpoint} for us", async () => (await KernelPeerAsync()).Endpoint == endpoint);

    /// <summary>Waits until both show a handshake later than the given ones.</summary>
    public async Task HandshakesAsync(long afterOurs = 0, long afterKernels = 0, TimeSpan? bound = null)
    {
        await Wait.UntilAsync($"{End} to show a handshake with the kernel", async () => (await OurPeerAsync()).LatestHandshake > afterOurs, bound);
        await Wait.UntilAsync("the kernel to show a handshake with us", async () => (await KernelPeerAsync()).LatestHandshake > afterKernels, bound);
    }

    /// <summary>Takes the kernel's end away.</summary>
    public Task RemoveAsync() => Machine.RunAsync(string.Create(CultureInfo.InvariantCulture, $"ip link del wg{_number}"));
}
