using System.Buffers;
using System.Text.Json;
using PfsVpn.Crypto;
using PfsVpn.Device;
using PfsVpn.Timers;
using PfsVpn.Transport;
using PfsVpn.Tun;
using PfsVpn.Udp;

namespace PfsVpn.Runtime;

/// <summary>What <c>wg</c> cannot show, as one JSON object: drops by reason, keys made and erased, secrecy (<see cref="SecrecyWriter"/>), peers. No secret.</summary>
internal static class StatusWriter
{
    public static void Write(IBufferWriter<byte> destination, WireGuardDevice device, ITunDevice tun, IUdpSocket? socket, OpeningCrew? crew, IReadOnlyList<Protection>? protections, MonotonicTime now)
    {
        using var json = new Utf8JsonWriter(destination);
        json.WriteStartObject();
        json.WriteString("interface", tun.Name);
        json.WriteBoolean("up", device.IsUp);
        json.WriteNumber("listen_port", socket?.Port ?? 0);
        json.WriteNumber("mtu", device.Mtu);
        json.WriteString("secret_memory", device.Arena.Kind.ToString());
        json.WriteNumber("secret_slots", device.Arena.SlotsInUse);
        WriteDataPath(json, tun, socket, crew);
        WriteMemory(json);
        WriteTimers(json, device);
        WriteDrops(json, device.Drops);
        WriteKeys(json, device.Ledger);
        json.WritePropertyName("secrecy");
        new SecrecyWriter(json, device, now).Write(tun.Name, protections);
        json.WriteStartArray("peers");
        foreach (var peer in device.Peers.All) WritePeer(json, peer, now);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteDataPath(Utf8JsonWriter json, ITunDevice tun, IUdpSocket? socket, OpeningCrew? crew)
    {
        json.WriteString("aead", TransportAead.KernelName);
        json.WriteNumber("tun_queues", tun.Queues.Count);
        json.WriteNumber("udp_receivers", socket?.Receivers.Count ?? 0);
        if (crew is not null) json.WriteNumber("shared_runs", crew.SharedRuns);
        json.WriteStartObject("offloads");
        var offloads = tun.Offloads;
        json.WriteBoolean("tun_tso", offloads.Tso);
        json.WriteBoolean("tun_uso", offloads.Uso);
        json.WriteBoolean("tun_tcp_gro", offloads.TcpGro);
        json.WriteBoolean("tun_udp_gro", offloads.UdpGro);
        if (socket is not null)
        {
            json.WriteBoolean("udp_gso", socket.Offloads.Gso);
            json.WriteBoolean("udp_gro", socket.Offloads.Gro);
        }
        json.WriteEndObject();
    }

    private static void WriteMemory(Utf8JsonWriter json)
    {
        json.WriteStartObject("memory");
        json.WriteNumber("allocated_bytes", GC.GetTotalAllocatedBytes());
        json.WriteNumber("collections", GC.CollectionCount(0));
        json.WriteEndObject();
    }

    private static void WriteTimers(Utf8JsonWriter json, WireGuardDevice device)
    {
        json.WriteStartObject("timers");
        json.WriteNumber("worst_lateness_ms", Math.Round(device.WorstLateness.TotalMilliseconds, 3));
        json.WriteEndObject();
    }

    private static void WriteDrops(Utf8JsonWriter json, DropCounters drops)
    {
        json.WriteStartObject("drops");
        foreach (var reason in Enum.GetValues<DropReason>())
            if (drops[reason] is > 0 and var count) json.WriteNumber(reason.ToString(), count);
        json.WriteEndObject();
    }

    private static void WriteKeys(Utf8JsonWriter json, KeyLedger ledger)
    {
        json.WriteStartObject("keypairs");
        json.WriteNumber("made", ledger.Made);
        json.WriteNumber("erased", ledger.Erased);
        json.WriteStartObject("erased_by_reason");
        foreach (var reason in Enum.GetValues<KeyEndReason>())
            if (ledger.ErasedFor(reason) is > 0 and var count) json.WriteNumber(reason.ToString(), count);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WritePeer(Utf8JsonWriter json, Peer peer, MonotonicTime now)
    {
        json.WriteStartObject();
        json.WriteString("public_key", peer.PublicKey.ToString());
        json.WriteBoolean("connected", peer.IsConnected);
        json.WriteNumber("staged_packets", peer.Staged.Count);
        json.WriteString("endpoint", peer.Endpoint?.ToString());
        if (peer.LastHandshake != default) json.WriteNumber("last_handshake_seconds_ago", Math.Round((BootClock.WallClock - peer.LastHandshake).TotalSeconds, 3));
        json.WriteNumber("rx_bytes", peer.Statistics.Received);
        json.WriteNumber("tx_bytes", peer.Statistics.Sent);
        WriteAge(json, "current_key_age", peer.Keypairs.Current, now);
        WriteAge(json, "previous_key_age", peer.Keypairs.Previous, now);
        WriteAge(json, "next_key_age", peer.Keypairs.Next, now);
        json.WriteEndObject();
    }

    private static void WriteAge(Utf8JsonWriter json, string name, Keypair? keypair, MonotonicTime now)
    {
        if (keypair is not null) json.WriteNumber(name, Math.Round((now - keypair.Created).TotalSeconds, 3));
    }
}
