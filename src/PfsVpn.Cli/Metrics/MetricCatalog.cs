using static PfsVpn.Cli.Metrics.MetricType;

namespace PfsVpn.Cli.Metrics;

/// <summary>All metrics, in the order in which they are written. docs/metrics.md has the same list, and a test compares both.</summary>
/// <remarks>Times are seconds and sizes bytes, as Prometheus wants them. Peers are labelled by public key and name; endpoints are no labels: they change, and say where people are.</remarks>
internal static class MetricCatalog
{
    private static readonly string[] Plain = [], OfInterface = ["interface"], OfPeer = ["interface", "public_key", "name"];

    public static readonly MetricFamily
        ExporterInfo = new("pfsvpn_exporter_build_info", Gauge, "The version of the program that answers scrapes; the value is 1.", ["version"]),
        ScrapeDuration = new("pfsvpn_exporter_scrape_duration_seconds", Gauge, "How long asking all daemons took.", Plain),
        Up = new("pfsvpn_up", Gauge, "Whether the daemon of the interface answered.", OfInterface);

    public static readonly MetricFamily
        BuildInfo = new("pfsvpn_build_info", Gauge, "The version of the daemon and the kernel of its AEAD; the value is 1.", ["interface", "version", "aead"]),
        Uptime = new("pfsvpn_uptime_seconds", Gauge, "Time since the daemon started.", OfInterface),
        InterfaceUp = new("pfsvpn_interface_up", Gauge, "Whether the interface is up.", OfInterface),
        ListenPort = new("pfsvpn_listen_port", Gauge, "The UDP port, 0 for none.", OfInterface),
        Mtu = new("pfsvpn_mtu_bytes", Gauge, "The MTU of the interface.", OfInterface),
        TunQueues = new("pfsvpn_tun_queues", Gauge, "Queues of the TUN device.", OfInterface),
        UdpReceivers = new("pfsvpn_udp_receivers", Gauge, "Receivers of the UDP socket.", OfInterface),
        Offload = new("pfsvpn_offload_enabled", Gauge, "Whether an offload is in force.", ["interface", "offload"]),
        SharedRuns = new("pfsvpn_shared_runs_total", Counter, "Runs of packets of one peer that several threads opened together.", OfInterface),
        AllocatedBytes = new("pfsvpn_memory_allocated_bytes_total", Counter, "Managed memory that the daemon allocated.", OfInterface),
        Collections = new("pfsvpn_memory_collections_total", Counter, "Garbage collections of the daemon.", OfInterface),
        TimerLateness = new("pfsvpn_timer_worst_lateness_seconds", Gauge, "The longest that any timer was late since the start.", OfInterface),
        Drops = new("pfsvpn_drops_total", Counter, "Packets dropped, by reason.", ["interface", "reason"]);

    public static readonly MetricFamily
        ExposureSeconds = new("pfsvpn_exposure_window_seconds", Gauge, "Age of the oldest session key that exists: what was recorded before it cannot be read by seizing this machine now.", OfInterface),
        ExposureBytes = new("pfsvpn_exposure_bytes", Gauge, "Bytes sealed and opened on the session keys that exist.", OfInterface),
        KeysMade = new("pfsvpn_keys_made_total", Counter, "Keys made, by kind.", ["interface", "kind"]),
        KeysErased = new("pfsvpn_keys_erased_total", Counter, "Keys erased, by kind and reason.", ["interface", "kind", "reason"]),
        KeysAlive = new("pfsvpn_keys_alive", Gauge, "Keys that exist, by kind.", ["interface", "kind"]),
        KeypairsEnding = new("pfsvpn_keypairs_ending", Gauge, "Keypairs that have ended and are erased as soon as a batch in work lets go of them.", OfInterface),
        WorstOutliving = new("pfsvpn_key_worst_outliving_seconds", Gauge, "The longest that any key existed beyond its deadline since the start.", OfInterface),
        SecretMemory = new("pfsvpn_secret_memory_info", Gauge, "The kind of memory that holds the keys; the value is 1.", ["interface", "kind"]),
        SecretSlots = new("pfsvpn_secret_slots", Gauge, "Slots of secret memory in use.", OfInterface),
        Protection = new("pfsvpn_protection_holds", Gauge, "Whether a protection of the daemon's process holds.", ["interface", "protection"]);

    public static readonly MetricFamily
        Peers = new("pfsvpn_peers", Gauge, "Peers of the interface.", OfInterface),
        PeersWithoutKeys = new("pfsvpn_peers_without_keys", Gauge, "Peers that had no key since the start.", OfInterface),
        PeerReceiveBytes = new("pfsvpn_peer_receive_bytes_total", Counter, "Bytes received from the peer, as wg counts them.", OfPeer),
        PeerTransmitBytes = new("pfsvpn_peer_transmit_bytes_total", Counter, "Bytes sent to the peer, as wg counts them.", OfPeer),
        PeerReceivePackets = new("pfsvpn_peer_receive_packets_total", Counter, "Packets received from the peer.", OfPeer),
        PeerTransmitPackets = new("pfsvpn_peer_transmit_packets_total", Counter, "Packets sent to the peer.", OfPeer),
        PeerConnected = new("pfsvpn_peer_connected", Gauge, "Whether there is a session with the peer.", OfPeer),
        PeerStaged = new("pfsvpn_peer_staged_packets", Gauge, "Packets that wait for a session with the peer.", OfPeer),
        PeerHandshakeAge = new("pfsvpn_peer_handshake_age_seconds", Gauge, "Time since the last completed handshake; missing where there was none.", OfPeer),
        PeerHandshakesInitiated = new("pfsvpn_peer_handshakes_initiated_total", Counter, "Handshakes begun with the peer.", OfPeer),
        PeerHandshakesAnswered = new("pfsvpn_peer_handshakes_answered_total", Counter, "Handshakes of the peer that were answered.", OfPeer),
        PeerHandshakesCompleted = new("pfsvpn_peer_handshakes_completed_total", Counter, "Handshakes completed with the peer.", OfPeer),
        PeerHandshakeFailures = new("pfsvpn_peer_handshake_failures_total", Counter, "Handshakes with the peer that failed, by reason.", [.. OfPeer, "reason"]),
        PeerHandshakesUnanswered = new("pfsvpn_peer_handshakes_unanswered", Gauge, "Initiations sent since the peer answered the last time.", OfPeer),
        PeerFailureAge = new("pfsvpn_peer_last_failure_age_seconds", Gauge, "Time since the last failure of the peer; missing where there was none.", [.. OfPeer, "reason"]);

    public static readonly MetricFamily
        PeerUnanswered = new("pfsvpn_peer_handshake_unanswered_seconds", Gauge, "Time since the first initiation that has no answer yet; missing where none waits.", OfPeer),
        PeerExposureSeconds = new("pfsvpn_peer_exposure_window_seconds", Gauge, "Age of the oldest session key of the peer that exists.", OfPeer),
        PeerExposureBytes = new("pfsvpn_peer_exposure_bytes", Gauge, "Bytes sealed and opened on the session keys of the peer that exist.", OfPeer),
        PeerKeypairsMade = new("pfsvpn_peer_keypairs_made_total", Counter, "Session keypairs made with the peer.", OfPeer),
        PeerKeypairsErased = new("pfsvpn_peer_keypairs_erased_total", Counter, "Session keypairs of the peer erased.", OfPeer),
        PeerKeypairsAlive = new("pfsvpn_peer_keypairs_alive", Gauge, "Session keypairs of the peer that exist.", OfPeer),
        PeerKeysErased = new("pfsvpn_peer_keys_erased_total", Counter, "Keypairs, handshakes and cookies of the peer erased, by reason.", [.. OfPeer, "reason"]),
        PeerWorstOutliving = new("pfsvpn_peer_key_worst_outliving_seconds", Gauge, "The longest that any key of the peer existed beyond its deadline.", OfPeer);

    /// <summary>Every family, in the order of the output.</summary>
    public static readonly IReadOnlyList<MetricFamily> All =
    [
        ExporterInfo, ScrapeDuration, Up, BuildInfo, Uptime, InterfaceUp, ListenPort, Mtu, TunQueues, UdpReceivers, Offload, SharedRuns, AllocatedBytes, Collections, TimerLateness, Drops,
        ExposureSeconds, ExposureBytes, KeysMade, KeysErased, KeysAlive, KeypairsEnding, WorstOutliving, SecretMemory, SecretSlots, Protection,
        Peers, PeersWithoutKeys, PeerReceiveBytes, PeerTransmitBytes, PeerReceivePackets, PeerTransmitPackets, PeerConnected, PeerStaged,
        PeerHandshakeAge, PeerHandshakesInitiated, PeerHandshakesAnswered, PeerHandshakesCompleted, PeerHandshakeFailures, PeerHandshakesUnanswered, PeerFailureAge, PeerUnanswered,
        PeerExposureSeconds, PeerExposureBytes, PeerKeypairsMade, PeerKeypairsErased, PeerKeypairsAlive, PeerKeysErased, PeerWorstOutliving,
    ];
}
