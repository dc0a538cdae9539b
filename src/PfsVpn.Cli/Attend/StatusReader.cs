using System.Text.Json;
using PfsVpn.Cli.Control;
using PfsVpn.Cli.Input;
using PfsVpn.Configuration;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Attend;

/// <summary>Asks a daemon for its status (<c>status=1</c>) and takes what concerns the attendant. No secret is in it, unlike in <c>get=1</c>.</summary>
/// <remarks>Members that are not known are skipped, members that are not there are taken as "never" or "none".</remarks>
internal static class StatusReader
{
    /// <summary>The peers by public key in base64.</summary>
    /// <exception cref="ControlException">The interface cannot be reached, or its daemon does not say, or says nonsense.</exception>
    public static Dictionary<string, PeerSighting> Read(CliContext context, string name)
    {
        using var socket = ControlSocket.Open(context.ControlDirectory, name);
        socket.Write("status=1\n\n"u8);
        using var lines = new LockedLineReader(socket.Descriptor, static errno => new ControlException(errno));
        if (!lines.TryRead(out var line, out _) || line.IsEmpty || line[0] != '{')
            throw new ControlException(NativeFile.EPROTO, "its daemon says nothing about its state: it is another one than pfsvpnd, or older than this program");
        try
        {
            var reader = new Utf8JsonReader(line);
            return ToSightings(JsonElement.ParseValue(ref reader));
        }
        catch (Exception malformed) when (malformed is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new ControlException(NativeFile.EPROTO, $"the daemon's answer is malformed ({malformed.Message})");
        }
    }

    private static Dictionary<string, PeerSighting> ToSightings(JsonElement status)
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
        peer.TryGetProperty("endpoint", out var text) && text.ValueKind == JsonValueKind.String ? Parse(text.GetString()!) : null;

    /// <summary>ADDRESS:PORT, [ADDRESS]:PORT or [ADDRESS%INDEX]:PORT.</summary>
    private static EndpointAddress? Parse(string text)
    {
        uint scope = 0;
        var percent = text.IndexOf('%', StringComparison.Ordinal);
        if (percent >= 0)
        {
            var bracket = text.IndexOf(']', percent);
            if (bracket < 0 || !uint.TryParse(text.AsSpan(percent + 1, bracket - percent - 1), out scope)) return null;
            text = text.Remove(percent, bracket - percent);
        }
        _ = WgConfigValues.ParseEndpoint(System.Text.Encoding.UTF8.GetBytes(text), out var address);
        return address is { } found ? found with { ScopeId = scope } : null;
    }
}
