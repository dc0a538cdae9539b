using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PfsVpn.PeerBench;

/// <summary>A daemon of its own that gets 10,000 peers by `wg setconf`, its interface up.</summary>
internal sealed class ManyPeersMeasurement : Measurement
{
    private const int Peers = 10_000;

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    // The same for all, so that no implementation has other peers than the next.
    private static readonly Lazy<string> PeerSections = new(WritePeers);

    private readonly Figure _configure = new("10,000 peers", "time to configure", "ms", Better.Less);
    private readonly Figure _resident = new("10,000 peers", "memory", "MB", Better.Less, 1, Target.Ratio(0.4, 0.25));
    private readonly Figure _proportional = new("10,000 peers", "memory, proportional", "MB", Better.Less, 1);

    public ManyPeersMeasurement(string name) : base(name)
    {
    }

    public override IReadOnlyList<Figure> Figures => [_configure, _resident, _proportional];

    public override async Task<IReadOnlyList<(Figure Figure, double Value)>> RunAsync(Tunnel tunnel, int seconds, CancellationToken stop)
    {
        var host = tunnel.Bed.Left;
        using var daemon = Daemon.Start(tunnel.Implementation.Left, host, tunnel.Bed.InterfacePrefix + "m", stop);
        await host.IpAsync($"link set {daemon.InterfaceName} up", stop);
        var configuration = $"[Interface]\nPrivateKey = {await WireGuardTool.GenerateKeyAsync(stop)}\n{PeerSections.Value}";
        var watch = Stopwatch.StartNew();
        await WireGuardTool.SetConfigurationAsync(host, daemon.InterfaceName, configuration, Bound, stop);
        var configured = watch.Elapsed.TotalMilliseconds;
        var shown = (await host.RunAsync("wg", ["show", daemon.InterfaceName, "peers"], Bound, stop)).Count(c => c == '\n');
        if (shown != Peers) throw new BenchException($"{shown} of {Peers} peers are there after wg setconf");
        await Task.Delay(500, stop);
        daemon.DemandRunning();
        var values = new List<(Figure, double)> { (_configure, configured), (_resident, daemon.ResidentBytes / 1e6) };
        if (daemon.ProportionalBytes is { } proportional) values.Add((_proportional, proportional / 1e6));
        return values;
    }

    private static string WritePeers()
    {
        var text = new StringBuilder();
        for (var i = 0; i < Peers; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"[Peer]\nPublicKey = {Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))}\n");
            text.Append(CultureInfo.InvariantCulture, $"AllowedIPs = 10.{100 + (i >> 16)}.{(i >> 8) & 255}.{i & 255}/32\n");
        }
        return text.ToString();
    }
}
