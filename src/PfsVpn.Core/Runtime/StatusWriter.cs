using System.Buffers;
using System.Text.Json;
using PfsVpn.Crypto;
using PfsVpn.Device;
using PfsVpn.Timers;
using PfsVpn.Transport;

namespace PfsVpn.Runtime;

/// <summary>
/// What <c>wg</c> cannot show, as the JSON object that docs/status-json.md describes: drops by reason, keys made and erased, secrecy (<see cref="SecrecyWriter"/>), peers. No secret.
/// </summary>
/// <remarks>Threading: the control thread, which owns the peers.</remarks>
internal sealed class StatusWriter
{
    private readonly Utf8JsonWriter _json;
    private readonly StatusSource _source;
    private readonly MonotonicTime _now;

    private StatusWriter(Utf8JsonWriter json, StatusSource source, MonotonicTime now) => (_json, _source, _now) = (json, source, now);

    /// <summary>The version of this library, three numbers.</summary>
    public static string Version { get; } = typeof(StatusWriter).Assembly.GetName().Version?.ToString(3) ?? "0";

    /// <summary>Writes the object.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="source">What runs.</param>
    /// <param name="protections">The protections of the process; null where nobody looked.</param>
    /// <param name="now">The boot clock.</param>
    public static void Write(IBufferWriter<byte> destination, StatusSource source, IReadOnlyList<Protection>? protections, MonotonicTime now)
    {
        using var json = new Utf8JsonWriter(destination);
        new StatusWriter(json, source, now).Write(protections);
    }

    /// <summary>The member <c>erased_by_reason</c>: those that occurred, each with its count.</summary>
    internal static void WriteReasons(Utf8JsonWriter json, Func<KeyEndReason, long> erased)
    {
        json.WriteStartObject("erased_by_reason");
        foreach (var reason in Enum.GetValues<KeyEndReason>())
            if (erased(reason) is > 0 and var count) json.WriteNumber(reason.ToString(), count);
        json.WriteEndObject();
    }

    private void Write(IReadOnlyList<Protection>? protections)
    {
        var (device, tun, udp) = (_source.Device, _source.Tun, _source.Udp);
        _json.WriteStartObject();
        _json.WriteString("interface", tun.Name);
        _json.WriteString("version", Version);
        _json.WriteNumber("uptime_seconds", SecrecyWriter.Seconds(_now - _source.Started));
        _json.WriteBoolean("up", device.IsUp);
        _json.WriteNumber("listen_port", udp.Port);
        _json.WriteNumber("mtu", device.Mtu);
        _json.WriteString("secret_memory", device.Arena.Kind.ToString());
        _json.WriteNumber("secret_slots", device.Arena.SlotsInUse);
        WriteDataPath();
        WriteMemory();
        WriteTimers();
        WriteDrops();
        WriteStranger("unknown_peer", device.UnknownPeer, DropReason.UnknownPeer);
        WriteStranger("wrong_key", device.WrongKey, DropReason.HandshakeAuthentication);
        WriteKeys();
        _json.WritePropertyName("secrecy");
        new SecrecyWriter(_json, device, _now).Write(tun.Name, protections);
        var peers = new StatusPeerWriter(_json, _now);
        _json.WriteStartArray("peers");
        foreach (var peer in device.Peers.All) peers.Write(peer);
        _json.WriteEndArray();
        _json.WriteEndObject();
    }

    private void WriteDataPath()
    {
        var (tun, socket) = (_source.Tun, _source.Udp.Socket);
        _json.WriteString("aead", TransportAead.KernelName);
        _json.WriteNumber("tun_queues", tun.Queues.Count);
        _json.WriteNumber("udp_receivers", socket?.Receivers.Count ?? 0);
        if (_source.Crew is { } crew) _json.WriteNumber("shared_runs", crew.SharedRuns);
        _json.WriteStartObject("offloads");
        var offloads = tun.Offloads;
        _json.WriteBoolean("tun_tso", offloads.Tso);
        _json.WriteBoolean("tun_uso", offloads.Uso);
        _json.WriteBoolean("tun_tcp_gro", offloads.TcpGro);
        _json.WriteBoolean("tun_udp_gro", offloads.UdpGro);
        if (socket is not null)
        {
            _json.WriteBoolean("udp_gso", socket.Offloads.Gso);
            _json.WriteBoolean("udp_gro", socket.Offloads.Gro);
        }
        _json.WriteEndObject();
    }

    private void WriteMemory()
    {
        _json.WriteStartObject("memory");
        _json.WriteNumber("allocated_bytes", GC.GetTotalAllocatedBytes());
        _json.WriteNumber("collections", GC.CollectionCount(0));
        _json.WriteEndObject();
    }

    private void WriteTimers()
    {
        _json.WriteStartObject("timers");
        _json.WriteNumber("worst_lateness_ms", Math.Round(_source.Device.WorstLateness.TotalMilliseconds, 3));
        _json.WriteEndObject();
    }

    private void WriteDrops()
    {
        _json.WriteStartObject("drops");
        foreach (var reason in Enum.GetValues<DropReason>())
            if (_source.Device.Drops[reason] is > 0 and var count) _json.WriteNumber(reason.ToString(), count);
        _json.WriteEndObject();
    }

    private void WriteStranger(string name, Stranger? stranger, DropReason reason)
    {
        if (stranger is null)
        {
            _json.WriteNull(name);
            return;
        }
        _json.WriteStartObject(name);
        _json.WriteNumber("count", _source.Device.Drops[reason]);
        if (stranger.Key is { } key) _json.WriteString("public_key", key.ToString());
        _json.WriteString("endpoint", stranger.Remote.ToString());
        _json.WriteNumber("seconds_ago", SecrecyWriter.Seconds(_now - stranger.At));
        _json.WriteEndObject();
    }

    private void WriteKeys()
    {
        var ledger = _source.Device.Ledger;
        _json.WriteStartObject("keypairs");
        _json.WriteNumber("made", ledger.Made);
        _json.WriteNumber("erased", ledger.Erased);
        WriteReasons(_json, reason => ledger.ErasedFor(reason));
        _json.WriteEndObject();
    }
}
