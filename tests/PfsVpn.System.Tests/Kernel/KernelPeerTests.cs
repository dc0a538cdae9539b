using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Kernel;

/// <summary>Against the kernel's own WireGuard, in one emulated machine: each test boots it anew, so that none can disturb another.</summary>
[Trait("Group", "Kernel")]
public sealed class KernelPeerTests(ITestOutputHelper output)
{
    private static readonly Implementation Ours = Environment.GetEnvironmentVariable("PFSVPN_TEST_PAIRS") == "go-go" ? Implementation.WireGuardGo : Implementation.PfsVpn;

    [KernelFact]
    public async Task Both_roles_connect_with_and_without_psk_over_both_families_at_every_mtu_and_after_roaming()
    {
        await using var network = new TestNetwork(output);
        await using var machine = await KernelMachine.BootAsync(network);
        await WeStartAsync(network, machine);
        await TheKernelStartsAsync(network, machine);
        await WrongPresharedKeyAsync(network, machine);
        await MtuAsync(network, machine);
        await RoamingAsync(network, machine);
    }

    [KernelFact]
    public async Task Under_load_either_side_demands_cookies_and_the_other_connects_with_one()
    {
        await using var network = new TestNetwork(output) { LogLevel = "info" };
        await using var machine = await KernelMachine.BootAsync(network);
        await TestNetwork.AddAddressesAsync(machine.Host, "tap0", "10.9.0.66/24");
        await machine.RunAsync("ip address add 10.9.0.67/24 dev eth0");

        // The kernel is flooded, and we bring the cookie.
        var there = await KernelTunnel.CreateAsync(network, machine, Ours, 1);
        using (var forged = new ForgedInitiations(machine.Host, IPAddress.Parse("10.9.0.66"), IPEndPoint.Parse($"10.9.0.2:{there.KernelPort}"), there.PublicKey))
        using (var ping = Pinger.Open(machine.Host, there.KernelV4))
            await UnderFloodAsync(forged, () => ping.UntilAnsweredAsync(TimeSpan.FromMinutes(2)));
        if (Ours == Implementation.PfsVpn) await there.End.Daemon.LineAsync("demands a cookie");

        // We are flooded, and the kernel brings the cookie. The flood goes from the namespace to itself: the machine could not send so fast.
        await ForgedInitiations.AddCrowdAsync(machine.Host, machine.Host, IPAddress.Loopback);
        var back = await KernelTunnel.CreateAsync(network, machine, Ours, 2, kernelStarts: true);
        using (var forged = new ForgedInitiations(machine.Host, IPAddress.Parse("10.9.0.66"), IPEndPoint.Parse($"10.9.0.1:{back.OurPort}"), back.End.PublicKey, crowd: 1500))
            await UnderFloodAsync(forged, back.KernelPingsAsync);
        if (Ours == Implementation.PfsVpn) Assert.True(await DropCounts.OfAsync(back.End, "CookieDemanded") > 0, "cookies were demanded but not counted");
    }

    [KernelFact]
    public async Task A_rekey_loses_no_ping_whoever_started_the_tunnel()
    {
        await using var network = new TestNetwork(output);
        await using var machine = await KernelMachine.BootAsync(network);
        var ours = await KernelTunnel.CreateAsync(network, machine, Ours, 1);
        var kernels = await KernelTunnel.CreateAsync(network, machine, Ours, 2, kernelStarts: true);
        await kernels.KernelPingsAsync();
        await Task.WhenAll(RekeyAsync(ours), RekeyAsync(kernels));
    }

    private static async Task WeStartAsync(TestNetwork network, KernelMachine machine)
    {
        var tunnel = await KernelTunnel.CreateAsync(network, machine, Ours, 1);
        await PingEverySizeAsync(tunnel, 1420, step: 1);
        await tunnel.HandshakesAsync();
        await EchoTransferAsync(tunnel, 4 << 20);
        await tunnel.RemoveAsync();

        var secret = await KernelTunnel.CreateAsync(network, machine, Ours, 2, presharedKey: WireGuardKey.Random(), overIpv6: true);
        await PingEverySizeAsync(secret, 1420, step: 7);
        await secret.RemoveAsync();
    }

    private static async Task TheKernelStartsAsync(TestNetwork network, KernelMachine machine)
    {
        var tunnel = await KernelTunnel.CreateAsync(network, machine, Ours, 3, kernelStarts: true, presharedKey: WireGuardKey.Random());
        await tunnel.KernelPingsAsync();
        await tunnel.HandshakesAsync();
        await PingEverySizeAsync(tunnel, 1420, step: 11);
        await tunnel.RemoveAsync();

        var over6 = await KernelTunnel.CreateAsync(network, machine, Ours, 4, kernelStarts: true, overIpv6: true);
        await over6.KernelPingsAsync();
        await PingEverySizeAsync(over6, 1420, step: 11);
        await over6.RemoveAsync();
    }

    private static async Task WrongPresharedKeyAsync(TestNetwork network, KernelMachine machine)
    {
        var tunnel = await KernelTunnel.CreateAsync(network, machine, Ours, 5, presharedKey: WireGuardKey.Random());
        await machine.RunAsync($"echo {WireGuardKey.Random()} >/tmp/psk && wg set {tunnel.Link} peer {tunnel.End.PublicKey} preshared-key /tmp/psk");
        using var ping = Pinger.Open(machine.Host, tunnel.KernelV4);
        Assert.True(await ping.TryPingAsync(bound: TimeSpan.FromSeconds(2)) is null, "a ping passed with different pre-shared keys");
        if (Ours == Implementation.PfsVpn) await tunnel.End.Daemon.LineAsync("pre-shared key");
        await tunnel.RemoveAsync();
    }

    private static async Task MtuAsync(TestNetwork network, KernelMachine machine)
    {
        var tunnel = await KernelTunnel.CreateAsync(network, machine, Ours, 6);
        foreach (var mtu in new[] { 1280, 1420, 9000, 1280 })
        {
            await machine.RunAsync($"ip link set {tunnel.Link} mtu {mtu}");
            await machine.Host.IpAsync($"link set {tunnel.End.Interface} mtu {mtu}");
            await PingEverySizeAsync(tunnel, mtu, step: mtu / 31);
        }
        await tunnel.RemoveAsync();
    }

    private static async Task RoamingAsync(TestNetwork network, KernelMachine machine)
    {
        var tunnel = await KernelTunnel.CreateAsync(network, machine, Ours, 7);
        using var ping = Pinger.Open(machine.Host, tunnel.KernelV4);
        await ping.UntilAnsweredAsync();
        await tunnel.KernelSeesAsync($"10.9.0.1:{tunnel.OurPort}");
        // We move to IPv6 and back.
        await tunnel.End.SetAsync($"peer {tunnel.PublicKey} endpoint [fd09::2]:{tunnel.KernelPort}");
        await ping.UntilAnsweredAsync();
        await tunnel.KernelSeesAsync($"[fd09::1]:{tunnel.OurPort}");
        await tunnel.End.SetAsync($"peer {tunnel.PublicKey} endpoint 10.9.0.2:{tunnel.KernelPort}");
        await ping.UntilAnsweredAsync();
        await tunnel.KernelSeesAsync($"10.9.0.1:{tunnel.OurPort}");
        // The kernel moves to another port, and then to another address.
        await tunnel.SetKernelAsync("listen-port 53999");
        await tunnel.KernelPingsAsync();
        await Wait.UntilAsync("our end to follow the kernel to its new port", async () => (await tunnel.OurPeerAsync()).Endpoint == "10.9.0.2:53999");
        await machine.RunAsync("ip address del 10.9.0.2/24 dev eth0 && ip address add 10.9.0.22/24 dev eth0");
        await tunnel.KernelPingsAsync();
        await Wait.UntilAsync("our end to follow the kernel to its new address", async () => (await tunnel.OurPeerAsync()).Endpoint == "10.9.0.22:53999");
        await ping.PingAsync();
        await tunnel.RemoveAsync();
    }

    private static async Task PingEverySizeAsync(KernelTunnel tunnel, int mtu, int step)
    {
        using var v4 = Pinger.Open(tunnel.End.Interior, tunnel.KernelV4);
        using var v6 = Pinger.Open(tunnel.End.Interior, tunnel.KernelV6);
        // Large packets are many fragments each, and the emulated network card has few buffers.
        var window = mtu > 1500 ? 1 : 16;
        await v4.EverySizeAsync(mtu, step, window);
        await v6.EverySizeAsync(mtu, step, window);
    }

    private static async Task UnderFloodAsync(ForgedInitiations forged, Func<Task> connect)
    {
        using var stop = new CancellationTokenSource();
        var flood = forged.FloodAsync(stop.Token);
        try
        {
            await Wait.UntilAsync("cookie replies to a flood of initiations", () => forged.Cookies > 0, TimeSpan.FromSeconds(60));
            await connect();
        }
        finally
        {
            await stop.CancelAsync();
            await flood;
        }
    }

    // The machine's netcat sends back what it gets.
    private static async Task EchoTransferAsync(KernelTunnel tunnel, int size)
    {
        await tunnel.Machine.RunAsync("nc -l -p 5001 -e cat >/dev/null 2>&1 & sleep 1");
        using var socket = tunnel.End.Interior.Inside(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        await socket.ConnectAsync(new IPEndPoint(tunnel.KernelV4, 5001));
        var data = RandomNumberGenerator.GetBytes(size);
        var sending = Task.Run(async () =>
        {
            for (var rest = (ReadOnlyMemory<byte>)data; !rest.IsEmpty;) rest = rest[await socket.SendAsync(rest)..];
            socket.Shutdown(SocketShutdown.Send);
        });
        var echo = new byte[size];
        using var bound = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        for (var received = 0; received < size;)
        {
            var count = await socket.ReceiveAsync(echo.AsMemory(received), bound.Token);
            Assert.True(count > 0, $"the kernel's echo ended after {received} of {size} bytes");
            received += count;
        }
        await sending;
        Assert.True(SHA256.HashData(data).AsSpan().SequenceEqual(SHA256.HashData(echo)), "the bytes that the kernel sent back are not those that it got");
    }

    private static async Task RekeyAsync(KernelTunnel tunnel)
    {
        using var ping = Pinger.Open(tunnel.End.Interior, tunnel.KernelV4);
        await ping.UntilAnsweredAsync();
        await tunnel.HandshakesAsync();
        var rekeyed = AfterRekeyAsync(tunnel, (await tunnel.OurPeerAsync()).LatestHandshake, (await tunnel.KernelPeerAsync()).LatestHandshake);
        var (sent, lost) = await ping.SteadilyAsync(TimeSpan.FromMilliseconds(200), rekeyed);
        Assert.True(lost.Count == 0, $"tunnel {tunnel.Link}: {lost.Count} of {sent} pings were lost, sent at {string.Join(", ", lost)}");
    }

    private static async Task AfterRekeyAsync(KernelTunnel tunnel, long ours, long kernels)
    {
        await tunnel.HandshakesAsync(ours, kernels, TimeSpan.FromSeconds(220));
        await Task.Delay(5000);
    }
}
