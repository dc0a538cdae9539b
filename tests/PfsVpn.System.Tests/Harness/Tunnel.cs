using System.Net;

namespace PfsVpn.SystemTests.Harness;

/// <summary>How a <see cref="Tunnel"/> is to be.</summary>
public sealed record TunnelOptions
{
    public int Mtu { get; init; } = 1420;

    /// <summary>The outer packets are IPv6.</summary>
    public bool OverIpv6 { get; init; }

    public string? PresharedKey { get; init; }

    /// <summary>The right end knows where the left one is from the start.</summary>
    public bool RightKnowsEndpoint { get; init; }

    public int? LeftKeepalive { get; init; }

    public int LinkMtu { get; init; } = 1500;

    /// <summary>What the left end's daemon is started by: <c>unshare</c>; null for nothing.</summary>
    public IReadOnlyList<string>? LeftWrapper { get; init; }

    /// <summary>The left host has no IPv6 at all.</summary>
    public bool LeftWithoutIpv6 { get; init; }
}

/// <summary>The usual tunnel between two hosts: the left end knows where the right one is. Inner addresses are 10.77.0.1 and .2, fd77::1 and ::2.</summary>
public sealed class Tunnel
{
    public const int LeftPort = 51821;
    public const int RightPort = 51822;

    private Tunnel(TestNetwork network, TunnelEnd left, TunnelEnd right) => (Network, Left, Right) = (network, left, right);

    public static IPAddress LeftV4 { get; } = IPAddress.Parse("10.77.0.1");

    public static IPAddress RightV4 { get; } = IPAddress.Parse("10.77.0.2");

    public static IPAddress LeftV6 { get; } = IPAddress.Parse("fd77::1");

    public static IPAddress RightV6 { get; } = IPAddress.Parse("fd77::2");

    /// <summary>Where it is.</summary>
    public TestNetwork Network { get; }

    /// <summary>The end that starts the tunnel.</summary>
    public TunnelEnd Left { get; }

    /// <summary>The end that waits for it.</summary>
    public TunnelEnd Right { get; }

    /// <summary>Makes the hosts, starts both daemons, and configures them. No packet has been sent yet.</summary>
    public static async Task<Tunnel> CreateAsync(TestNetwork network, Implementation left, Implementation right, TunnelOptions? options = null)
    {
        options ??= new TunnelOptions();
        var (leftHost, rightHost) = await network.AddTwoHostsAsync(options.LinkMtu);
        if (options.LeftWithoutIpv6) await leftHost.SysctlAsync("net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1");
        return await CreateAsync(network, left, leftHost, right, rightHost, options);
    }

    /// <summary>The same between hosts that are there; the right one must have the usual address.</summary>
    public static async Task<Tunnel> CreateAsync(
        TestNetwork network, Implementation left, NetworkNamespace leftHost, Implementation right, NetworkNamespace rightHost, TunnelOptions? options = null)
    {
        options ??= new TunnelOptions();
        var leftStart = network.StartAsync(left, leftHost, options.LeftWithoutIpv6, options.LeftWrapper);
        var rightStart = network.StartAsync(right, rightHost);
        var tunnel = new Tunnel(network, await leftStart, await rightStart);
        await tunnel.ConfigureLeftAsync(options);
        await tunnel.ConfigureRightAsync(options);
        return tunnel;
    }

    /// <summary>Configures a new daemon of the left end.</summary>
    public async Task ConfigureLeftAsync(TunnelOptions options)
    {
        await Left.ConfigureAsync(LeftPort, new PeerSettings(Right.PublicKey, "10.77.0.2/32, fd77::2/128")
        {
            Endpoint = options.OverIpv6 ? $"[fd09::2]:{RightPort}" : $"10.9.0.2:{RightPort}",
            PresharedKey = options.PresharedKey,
            PersistentKeepalive = options.LeftKeepalive,
        });
        await Left.UpAsync(options.Mtu, options.LeftWithoutIpv6 ? ["10.77.0.1/24"] : ["10.77.0.1/24", "fd77::1/64"]);
    }

    /// <summary>Sets another pre-shared key at the right end.</summary>
    public Task SetRightPresharedKeyAsync(string key) => Right.SetPresharedKeyAsync(Left, key);

    /// <summary>Configures a new daemon of the right end.</summary>
    public async Task ConfigureRightAsync(TunnelOptions options)
    {
        await Right.ConfigureAsync(RightPort, new PeerSettings(Left.PublicKey, "10.77.0.1/32, fd77::1/128")
        {
            Endpoint = options.RightKnowsEndpoint ? (options.OverIpv6 ? $"[fd09::1]:{LeftPort}" : $"10.9.0.1:{LeftPort}") : null,
            PresharedKey = options.PresharedKey,
        });
        await Right.UpAsync(options.Mtu, "10.77.0.2/24", "fd77::2/64");
    }

    /// <summary>Pings from the left until the tunnel is up.</summary>
    public async Task ConnectAsync()
    {
        using (var ping = Pinger.Open(Left.Interior, RightV4)) await ping.UntilAnsweredAsync();
        await Left.HandshakeAsync(Right);
        await Right.HandshakeAsync(Left);
    }
}
