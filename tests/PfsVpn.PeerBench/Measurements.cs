namespace PfsVpn.PeerBench;

/// <summary>All measurements in the order in which a round does them: memory at rest before any load, memory after load behind all of it.</summary>
internal static class Measurements
{
    private const int FixedRate = 25_000;
    private const int CrowdSize = 1500;
    private const string OneSource = "flood of initiations";
    private const string Crowd = "flood of initiations from 1500 addresses";

    /// <summary>The list.</summary>
    public static IReadOnlyList<Measurement> All { get; } =
    [
        new MemoryMeasurement("memory-rest", "at rest", Target.Own(36, 28)),
        new WarmUp(),
        new PingMeasurement("ping-idle", underLoad: false),
        new TcpMeasurement("tcp-one", "TCP, one stream", Target.Ratio(2.2, 2.6)),
        new TcpMeasurement("tcp-reverse", "TCP, one stream back", Target.Ratio(2.2, 2.6), fromRight: true),
        new TcpMeasurement("tcp-four", "TCP, four streams", Target.Ratio(2.3, 2.8), streams: 4),
        new TcpMeasurement("tcp-ipv6", "TCP, one stream, IPv6", target: null, address: Tunnel.RightAddressV6),
        new UdpMeasurement("udp-64-flood", 64, rate: 0),
        new UdpMeasurement("udp-1372-flood", 1372, rate: 0),
        new UdpMeasurement("udp-64-fixed", 64, FixedRate),
        new UdpMeasurement("udp-1372-fixed", 1372, FixedRate),
        new PingMeasurement("ping-load", underLoad: true),
        new MemoryMeasurement("memory-load", "after load", target: null),
        new FloodTcpMeasurement("flood-tcp", OneSource, 1),
        new FloodNewcomerMeasurement("flood-newcomer", OneSource, 1),
        new FloodTcpMeasurement("flood-crowd-tcp", Crowd, CrowdSize) { IsExtra = true },
        new FloodNewcomerMeasurement("flood-crowd-newcomer", Crowd, CrowdSize) { IsExtra = true },
        new ReadyMeasurement("ready"),
        new ManyPeersMeasurement("peers"),
    ];
}
