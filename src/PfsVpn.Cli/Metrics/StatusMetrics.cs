using System.Text.Json;
using PfsVpn.Device;

namespace PfsVpn.Cli.Metrics;

/// <summary>Turns what <c>pfsvpnd</c> answers to <c>status=1</c> into samples. A member that is missing, or is no number, is left out: other versions say more or less.</summary>
internal sealed class StatusMetrics
{
    private const double Millisecond = 0.001;

    private readonly MetricSet _set;
    private readonly string _interface;
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

    private StatusMetrics(MetricSet set, string name)
    {
        _set = set;
        _interface = name;
    }

    /// <summary>Adds all that a status says. Returns whether it said the peers' traffic: an older daemon leaves that to <c>get=1</c>.</summary>
    public static bool Add(MetricSet set, string name, JsonElement status) => new StatusMetrics(set, name).Add(status);

    private bool Add(JsonElement status)
    {
        AddInterface(status);
        AddDrops(Member(status, "drops"));
        var peers = List(status, "peers");
        var saysTraffic = peers.Count == 0;
        _set.Add(MetricCatalog.Peers, peers.Count, _interface);
        foreach (var peer in peers)
        {
            // A peer comes once: a label set must not come twice.
            if (Text(peer, "public_key") is not { } key || !_names.TryAdd(key, Text(peer, "name") ?? "")) continue;
            saysTraffic |= Member(peer, "rx_bytes").ValueKind == JsonValueKind.Number;
            AddPeer(peer, [_interface, key, _names[key]]);
        }
        AddSecrecy(Member(status, "secrecy"));
        return saysTraffic;
    }

    private void AddInterface(JsonElement status)
    {
        _set.Add(MetricCatalog.BuildInfo, 1, _interface, Text(status, "version") ?? "", Text(status, "aead") ?? "");
        AddNumber(MetricCatalog.Uptime, status, "uptime_seconds");
        AddTruth(MetricCatalog.InterfaceUp, Member(status, "up"), _interface);
        AddNumber(MetricCatalog.ListenPort, status, "listen_port");
        AddNumber(MetricCatalog.Mtu, status, "mtu");
        AddNumber(MetricCatalog.TunQueues, status, "tun_queues");
        AddNumber(MetricCatalog.UdpReceivers, status, "udp_receivers");
        AddNumber(MetricCatalog.SharedRuns, status, "shared_runs");
        AddNumber(MetricCatalog.SecretSlots, status, "secret_slots");
        AddNumber(MetricCatalog.AllocatedBytes, Member(status, "memory"), "allocated_bytes");
        AddNumber(MetricCatalog.Collections, Member(status, "memory"), "collections");
        AddNumber(MetricCatalog.TimerLateness, Member(status, "timers"), "worst_lateness_ms", Millisecond);
        if (Text(status, "secret_memory") is { } kind) _set.Add(MetricCatalog.SecretMemory, 1, _interface, kind);
        foreach (var offload in Members(Member(status, "offloads"))) AddTruth(MetricCatalog.Offload, offload.Value, _interface, offload.Name);
    }

    /// <summary>The daemon leaves zeros out. They are written here, so that the first drop of a kind is a step that a rate shows.</summary>
    private void AddDrops(JsonElement drops)
    {
        if (drops.ValueKind != JsonValueKind.Object) return;
        foreach (var reason in Enum.GetNames<DropReason>())
        {
            if (!drops.TryGetProperty(reason, out _)) _set.Add(MetricCatalog.Drops, 0, _interface, reason);
        }
        foreach (var drop in Members(drops)) AddNumber(MetricCatalog.Drops, drop.Value, 1, _interface, drop.Name);
    }

    private void AddPeer(JsonElement peer, string[] labels)
    {
        AddNumber(MetricCatalog.PeerReceiveBytes, peer, "rx_bytes", labels);
        AddNumber(MetricCatalog.PeerTransmitBytes, peer, "tx_bytes", labels);
        AddNumber(MetricCatalog.PeerReceivePackets, peer, "rx_packets", labels);
        AddNumber(MetricCatalog.PeerTransmitPackets, peer, "tx_packets", labels);
        AddTruth(MetricCatalog.PeerConnected, Member(peer, "connected"), labels);
        AddNumber(MetricCatalog.PeerStaged, peer, "staged_packets", labels);
        AddNumber(MetricCatalog.PeerHandshakeAge, peer, "last_handshake_seconds_ago", labels);
        var handshakes = Member(peer, "handshakes");
        AddNumber(MetricCatalog.PeerHandshakesInitiated, handshakes, "initiated", labels);
        AddNumber(MetricCatalog.PeerHandshakesAnswered, handshakes, "answered", labels);
        AddNumber(MetricCatalog.PeerHandshakesUnanswered, handshakes, "unanswered_in_a_row", labels);
        AddNumber(MetricCatalog.PeerHandshakesCompleted, handshakes, "completed", labels);
        foreach (var failure in Members(Member(handshakes, "failed"))) AddNumber(MetricCatalog.PeerHandshakeFailures, failure.Value, 1, [.. labels, failure.Name]);
        var last = Member(peer, "last_failure");
        if (Text(last, "reason") is { } reason) AddNumber(MetricCatalog.PeerFailureAge, last, "seconds_ago", [.. labels, reason]);
    }

    private void AddSecrecy(JsonElement secrecy)
    {
        AddNumber(MetricCatalog.ExposureSeconds, secrecy, "exposure_seconds");
        AddNumber(MetricCatalog.ExposureBytes, secrecy, "exposure_bytes");
        AddNumber(MetricCatalog.KeypairsEnding, secrecy, "keypairs_ending");
        AddNumber(MetricCatalog.PeersWithoutKeys, secrecy, "peers_without_keys");
        AddNumber(MetricCatalog.WorstOutliving, secrecy, "worst_outliving_ms", Millisecond);
        foreach (var kind in Members(Member(secrecy, "keys")))
        {
            AddNumber(MetricCatalog.KeysMade, Member(kind.Value, "made"), 1, _interface, kind.Name);
            AddNumber(MetricCatalog.KeysAlive, Member(kind.Value, "alive"), 1, _interface, kind.Name);
            foreach (var reason in Members(Member(kind.Value, "erased_by_reason"))) AddNumber(MetricCatalog.KeysErased, reason.Value, 1, _interface, kind.Name, reason.Name);
        }
        foreach (var protection in List(secrecy, "protections"))
        {
            if (Text(protection, "name") is { } name) AddTruth(MetricCatalog.Protection, Member(protection, "holds"), _interface, name);
        }
        foreach (var peer in List(secrecy, "peers"))
        {
            if (Text(peer, "public_key") is { } key && _names.Remove(key, out var name)) AddSecrecyOf(peer, [_interface, key, name]);
        }
    }

    private void AddSecrecyOf(JsonElement peer, string[] labels)
    {
        AddNumber(MetricCatalog.PeerUnanswered, Member(peer, "handshake"), "unanswered_seconds", labels);
        AddNumber(MetricCatalog.PeerExposureSeconds, peer, "exposure_seconds", labels);
        AddNumber(MetricCatalog.PeerExposureBytes, peer, "exposure_bytes", labels);
        AddNumber(MetricCatalog.PeerKeypairsMade, peer, "keypairs_made", labels);
        AddNumber(MetricCatalog.PeerKeypairsErased, peer, "keypairs_erased", labels);
        if (Member(peer, "keypairs").ValueKind == JsonValueKind.Array) _set.Add(MetricCatalog.PeerKeypairsAlive, List(peer, "keypairs").Count, labels);
        foreach (var reason in Members(Member(peer, "erased_by_reason"))) AddNumber(MetricCatalog.PeerKeysErased, reason.Value, 1, [.. labels, reason.Name]);
        AddNumber(MetricCatalog.PeerWorstOutliving, Member(peer, "worst_outliving_ms"), Millisecond, labels);
    }

    private void AddNumber(MetricFamily family, JsonElement json, string member, double unit = 1) => AddNumber(family, Member(json, member), unit, _interface);

    private void AddNumber(MetricFamily family, JsonElement json, string member, string[] labels) => AddNumber(family, Member(json, member), 1, labels);

    private void AddNumber(MetricFamily family, JsonElement value, double unit, params ReadOnlySpan<string> labels)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number)) _set.Add(family, number * unit, labels);
    }

    private void AddTruth(MetricFamily family, JsonElement value, params ReadOnlySpan<string> labels)
    {
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) _set.Add(family, value.ValueKind == JsonValueKind.True, labels);
    }

    /// <summary>A member, or an undefined element, of which every question is answered with nothing.</summary>
    private static JsonElement Member(JsonElement json, string name) => json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var member) ? member : default;

    private static string? Text(JsonElement json, string name) => Member(json, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    /// <summary>The members of an object, each name once: a label set must not come twice.</summary>
    private static IEnumerable<JsonProperty> Members(JsonElement json) =>
        json.ValueKind == JsonValueKind.Object ? json.EnumerateObject().DistinctBy(static member => member.Name, StringComparer.Ordinal) : [];

    private static List<JsonElement> List(JsonElement json, string name) => Member(json, name) is { ValueKind: JsonValueKind.Array } array ? [.. array.EnumerateArray()] : [];
}
