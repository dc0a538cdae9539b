namespace PfsVpn.PeerBench;

/// <summary>A tunnel between the two hosts of a bed, configured by the stock tool, with its handshake done.</summary>
internal sealed class Tunnel : IDisposable
{
    /// <summary>Inside the tunnel, the left end.</summary>
    public const string LeftAddress = "10.9.0.1";

    /// <summary>Inside the tunnel, the right end.</summary>
    public const string RightAddress = "10.9.0.2";

    /// <summary>Inside the tunnel, the right end.</summary>
    public const string RightAddressV6 = "fd09::2";

    private const string LeftAddressV6 = "fd09::1";
    /// <summary>The UDP port of both ends.</summary>
    public const int Port = 51820;

    private Tunnel(Bed bed, Implementation implementation, Daemon left, Daemon right) =>
        (Bed, Implementation, Left, Right) = (bed, implementation, left, right);

    /// <summary>Where it is.</summary>
    public Bed Bed { get; }

    /// <summary>What runs at its ends.</summary>
    public Implementation Implementation { get; }

    /// <summary>The daemon of the left end.</summary>
    public Daemon Left { get; }

    /// <summary>The daemon of the right end.</summary>
    public Daemon Right { get; }

    /// <summary>Whether both ends still run.</summary>
    public bool IsAlive => !Left.HasExited && !Right.HasExited;

    /// <summary>Starts both ends and waits until a ping is answered.</summary>
    public static async Task<Tunnel> CreateAsync(Bed bed, Implementation implementation, CancellationToken stop)
    {
        var left = Daemon.Start(implementation.Left, bed.Left, bed.InterfacePrefix + "l", stop);
        Daemon? right = null;
        try
        {
            right = Daemon.Start(implementation.Right, bed.Right, bed.InterfacePrefix + "r", stop);
            var (leftKey, rightKey) = (await WireGuardTool.GenerateKeyAsync(stop), await WireGuardTool.GenerateKeyAsync(stop));
            await ConfigureAsync(bed.Left, left, leftKey, await WireGuardTool.PublicKeyAsync(rightKey, stop), Bed.RightAddress, (LeftAddress, LeftAddressV6), (RightAddress, RightAddressV6), stop);
            await ConfigureAsync(bed.Right, right, rightKey, await WireGuardTool.PublicKeyAsync(leftKey, stop), Bed.LeftAddress, (RightAddress, RightAddressV6), (LeftAddress, LeftAddressV6), stop);
            await bed.Left.RunAsync("ping", ["-c", "1", "-w", "10", "-W", "10", RightAddress], TimeSpan.FromSeconds(15), stop);
            return new Tunnel(bed, implementation, left, right);
        }
        catch
        {
            left.Dispose();
            right?.Dispose();
            throw;
        }
    }

    /// <summary>Fails where a daemon has ended.</summary>
    public void DemandRunning()
    {
        Left.DemandRunning();
        Right.DemandRunning();
    }

    public void Dispose()
    {
        Left.Dispose();
        Right.Dispose();
    }

    private static async Task ConfigureAsync(
        NetworkNamespace host, Daemon daemon, string key, string otherKey, string otherHost, (string V4, string V6) own, (string V4, string V6) other, CancellationToken stop)
    {
        var configuration = $"""
            [Interface]
            PrivateKey = {key}
            ListenPort = {Port}
            [Peer]
            PublicKey = {otherKey}
            Endpoint = {otherHost}:{Port}
            AllowedIPs = {other.V4}/32, {other.V6}/128

            """;
        await WireGuardTool.SetConfigurationAsync(host, daemon.InterfaceName, configuration, TimeSpan.FromSeconds(15), stop);
        await host.IpAsync($"address add {own.V4}/24 dev {daemon.InterfaceName}", stop);
        await host.IpAsync($"address add {own.V6}/64 dev {daemon.InterfaceName} nodad", stop);
        await host.IpAsync($"link set {daemon.InterfaceName} mtu 1420 up", stop);
    }
}
