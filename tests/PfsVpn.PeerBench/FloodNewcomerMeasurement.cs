using System.Diagnostics;

namespace PfsVpn.PeerBench;

/// <summary>While the right end is flooded with initiations, a new peer on the flooder's host sends its first packet: the time until it is answered.</summary>
internal sealed class FloodNewcomerMeasurement : Measurement
{
    private const string NewcomerAddress = "10.9.1.1";
    private const string TargetAddress = "10.9.1.2";

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    private readonly int _sources;
    private readonly Figure _time;

    /// <summary>A flood from some source addresses.</summary>
    public FloodNewcomerMeasurement(string name, string group, int sources) : base(name)
    {
        _sources = sources;
        _time = new Figure(group, "a new peer connects after", "s", Better.Less, 2, sources == 1 ? Target.Own(2, 0.5) : null);
    }

    public override IReadOnlyList<Figure> Figures => [_time];

    public override async Task<IReadOnlyList<(Figure Figure, double Value)>> RunAsync(Tunnel tunnel, int seconds, CancellationToken stop)
    {
        var (left, right) = (tunnel.Bed.Left, tunnel.Bed.Right);
        await Flood.PrepareAsync(tunnel.Bed, stop);
        using var newcomer = Daemon.Start(tunnel.Implementation.Left, left, tunnel.Bed.InterfacePrefix + "n", stop);
        var peer = await ConfigureAsync(tunnel, newcomer, stop);
        try
        {
            using var flood = await Flood.StartAsync(tunnel, _sources, discarded: false, stop);
            // The flood has reached its rate, and the flooded end has noticed it.
            await Task.Delay(TimeSpan.FromSeconds(1), stop);
            var watch = Stopwatch.StartNew();
            await left.RunAsync("ping", ["-n", "-q", "-c", "1", "-i", "0.2", "-w", "15", TargetAddress], Bound, stop);
            var time = watch.Elapsed.TotalSeconds;
            await flood.EndAsync(stop);
            return [(_time, time)];
        }
        finally
        {
            await right.RunAsync("wg", ["set", tunnel.Right.InterfaceName, "peer", peer, "remove"], Shell.Short, stop);
            await right.IpAsync($"address delete {TargetAddress}/24 dev {tunnel.Right.InterfaceName}", stop);
        }
    }

    /// <summary>Configures both ends for each other; returns the newcomer's public key.</summary>
    private static async Task<string> ConfigureAsync(Tunnel tunnel, Daemon newcomer, CancellationToken stop)
    {
        var (left, right) = (tunnel.Bed.Left, tunnel.Bed.Right);
        var target = (await right.RunAsync("wg", ["show", tunnel.Right.InterfaceName, "public-key"], Shell.Short, stop)).Trim();
        var key = await WireGuardTool.GenerateKeyAsync(stop);
        var peer = await WireGuardTool.PublicKeyAsync(key, stop);
        var configuration = $"""
            [Interface]
            PrivateKey = {key}
            [Peer]
            PublicKey = {target}
            Endpoint = {Bed.RightAddress}:{Tunnel.Port}
            AllowedIPs = {TargetAddress}/32

            """;
        await WireGuardTool.SetConfigurationAsync(left, newcomer.InterfaceName, configuration, Shell.Short, stop);
        await left.IpAsync($"address add {NewcomerAddress}/24 dev {newcomer.InterfaceName}", stop);
        await left.IpAsync($"link set {newcomer.InterfaceName} up", stop);
        await right.RunAsync("wg", ["set", tunnel.Right.InterfaceName, "peer", peer, "allowed-ips", $"{NewcomerAddress}/32"], Shell.Short, stop);
        await right.IpAsync($"address add {TargetAddress}/24 dev {tunnel.Right.InterfaceName}", stop);
        return peer;
    }
}
