using System.Text;
using System.Text.Json;
using PfsVpn.Cli.Control;
using PfsVpn.Configuration;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Attend;

/// <summary>Takes from a daemon's status what concerns the attendant. No secret is in it, unlike in <c>get=1</c>.</summary>
/// <remarks>Members that are not known are skipped, members that are not there are taken as "never" or "none".</remarks>
internal static class PeerSightings
{
    /// <summary>The peers by public key in base64.</summary>
    /// <exception cref="ControlException">The interface cannot be reached, or its daemon does not say, or says nonsense.</exception>
    public static Dictionary<string, PeerSighting> Read(CliContext context, string name)
    {
        var status = StatusReader.TryRead(context, name)
            ?? throw new ControlException(NativeFile.EPROTO, "its daemon says nothing about its state: it is another one than pfsvpnd, or older than this program");
        try
        {
            return Of(status);
        }
        catch (Exception malformed) when (malformed is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw StatusReader.Nonsense(malformed.Message);
        }
    }

    private static Dictionary<string, PeerSighting> Of(JsonElement status)
    {
        var silences = new Dictionary<string, TimeSpan>(StringComparer.Ordinal);
        foreach (var peer in status.GetProperty("secrecy").GetProperty("peers").EnumerateArray())
            if (peer.GetProperty("handshake") is { ValueKind: JsonValueKind.Object } handshake) silences[Key(peer)] = Seconds(handshake, "unanswered_seconds") ?? default;
        var sightings = new Dictionary<string, PeerSighting>(StringComparer.Ordinal);
        foreach (var peer in status.GetProperty("peers").EnumerateArray())
        {
            TimeSpan? silence = silences.TryGetValue(Key(peer), out var found) ? found : null;
            var sent = peer.TryGetProperty("tx_bytes", out var bytes) ? bytes.GetUInt64() : 0;
            sightings[Key(peer)] = new PeerSighting(Endpoint(peer), Seconds(peer, "last_handshake_seconds_ago"), silence, sent, peer.TryGetProperty("current_key_age", out _));
        }
        return sightings;
    }

    private static string Key(JsonElement peer) => peer.GetProperty("public_key").GetString() ?? "";

    private static TimeSpan? Seconds(JsonElement json, string name) =>
        json.TryGetProperty(name, out var number) && number.ValueKind == JsonValueKind.Number ? TimeSpan.FromSeconds(number.GetDouble()) : null;

    private static EndpointAddress? Endpoint(JsonElement peer) =>
        peer.TryGetProperty("endpoint", out var text) && text.ValueKind == JsonValueKind.String && UapiText.TryParseEndpoint(Encoding.UTF8.GetBytes(text.GetString()!), out var endpoint)
            ? endpoint
            : null;
}
