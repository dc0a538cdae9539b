using System.Text.Json;
using PfsVpn.Cli.Control;

namespace PfsVpn.Cli.View;

/// <summary>One peer as JSON: the part of <see cref="InterfaceJson"/> that is there for each.</summary>
internal sealed class PeerJson(Utf8JsonWriter json, DateTimeOffset now)
{
    /// <summary>Members of the status that are written from <c>get=1</c>, or stand in <c>secrecy --json</c>.</summary>
    private static readonly HashSet<string> NotHandedOn = new(StringComparer.Ordinal)
    {
        "public_key", "name", "state", "preshared_key", "endpoint", "allowed_ips", "last_handshake_seconds_ago", "last_handshake_unix_seconds", "rx_bytes", "tx_bytes",
        "exposure_seconds", "exposure_bytes", "keypairs", "handshake",
    };

    /// <summary>The object.</summary>
    public void Write(RunningPeer peer, StatusMembers told)
    {
        var key = peer.PublicKey.ToString();
        var (status, keys) = (told.Peer(key), told.Keys(key));
        var handshakeAge = HandshakeAge(peer, status);
        json.WriteStartObject();
        json.WriteString("public_key", key);
        json.WriteString("name", peer.Name.Length == 0 ? null : peer.Name);
        json.WriteString("state", Judge(peer, handshakeAge, told.Secrecy is not null, keys).Word());
        json.WriteStartObject("preshared_key");
        json.WriteBoolean("present", peer.PresharedKey is not null);
        json.WriteEndObject();
        json.WriteString("endpoint", peer.Endpoint);
        json.WriteStartArray("allowed_ips");
        foreach (var allowed in peer.AllowedIps) json.WriteStringValue(allowed.ToString());
        json.WriteEndArray();
        WriteNumber("persistent_keepalive_seconds", peer.PersistentKeepalive);
        WriteNumber("rekey_after_seconds", peer.RekeyAfterSeconds);
        WriteNumber("rekey_after_bytes", peer.RekeyAfterBytes);
        WriteSeconds("last_handshake_unix_seconds", peer.LastHandshakeSeconds == 0 ? null : peer.LastHandshakeSeconds + (peer.LastHandshakeNanoseconds / 1e9));
        WriteSeconds("last_handshake_seconds_ago", handshakeAge);
        json.WriteNumber("rx_bytes", peer.ReceivedBytes);
        json.WriteNumber("tx_bytes", peer.SentBytes);
        HandOn(status);
        if (told.Secrecy is not null) WriteKeys(keys);
        json.WriteEndObject();
    }

    private static PeerCondition Judge(RunningPeer peer, double? handshakeAge, bool tellsOfKeys, JsonElement? keys)
    {
        var hasSession = tellsOfKeys ? keys is { } told && HasSession(told) : default(bool?);
        var unanswered = keys is { } own && own.TryGetProperty("handshake", out var attempt) && attempt.ValueKind == JsonValueKind.Object
            && attempt.TryGetProperty("unanswered_seconds", out var seconds) && seconds.ValueKind == JsonValueKind.Number ? seconds.GetDouble() : default(double?);
        return PeerConditions.Judge(handshakeAge, hasSession, unanswered, peer.PersistentKeepalive != 0);
    }

    /// <summary>Whether there is a current keypair. One that is only next waits for the peer's first packet.</summary>
    private static bool HasSession(JsonElement keys) => keys.TryGetProperty("keypairs", out var keypairs) && keypairs.ValueKind == JsonValueKind.Array
        && keypairs.EnumerateArray().Any(static keypair => keypair.ValueKind == JsonValueKind.Object && keypair.TryGetProperty("role", out var role) && role.ValueKind == JsonValueKind.String && role.ValueEquals("current"));

    /// <summary>By the daemon's boot clock where it says so, else by the wall clock, which may have been set meanwhile.</summary>
    private double? HandshakeAge(RunningPeer peer, JsonElement? status)
    {
        if (status is { } told && told.TryGetProperty("last_handshake_seconds_ago", out var ago) && ago.ValueKind == JsonValueKind.Number) return ago.GetDouble();
        if (peer.LastHandshakeSeconds == 0) return null;
        return Math.Max(0, (now.ToUnixTimeMilliseconds() / 1e3) - peer.LastHandshakeSeconds - (peer.LastHandshakeNanoseconds / 1e9));
    }

    private void HandOn(JsonElement? status)
    {
        if (status is not { } members) return;
        foreach (var member in members.EnumerateObject())
            if (!NotHandedOn.Contains(member.Name)) member.WriteTo(json);
    }

    /// <summary>The keys that exist: of a peer that never had one, the daemon says nothing, and that is none.</summary>
    private void WriteKeys(JsonElement? keys)
    {
        foreach (var name in (ReadOnlySpan<string>)["exposure_seconds", "exposure_bytes", "keypairs", "handshake"])
        {
            json.WritePropertyName(name);
            if (keys is { } told && told.TryGetProperty(name, out var member)) member.WriteTo(json);
            else if (name == "keypairs") json.WriteRawValue("[]");
            else if (name == "handshake") json.WriteNullValue();
            else json.WriteNumberValue(0);
        }
    }

    private void WriteNumber(string name, ulong number)
    {
        if (number == 0) json.WriteNull(name);
        else json.WriteNumber(name, number);
    }

    private void WriteSeconds(string name, double? seconds)
    {
        if (seconds is { } some) json.WriteNumber(name, Math.Round(some, 3));
        else json.WriteNull(name);
    }
}
