using System.Text.Json;
using PfsVpn.Cli.Control;

namespace PfsVpn.Cli.Doctor;

/// <summary>What a daemon says of itself that <c>wg</c> has no words for (<c>status=1</c>). What it does not say is not known.</summary>
internal static class DaemonStatus
{
    /// <summary>The whole answer, or null where the daemon gives none: it may be another program than pfsvpnd.</summary>
    public static JsonElement? Read(CliContext context, string name)
    {
        try
        {
            return StatusReader.TryRead(context, name);
        }
        catch (ControlException)
        {
            return null;
        }
    }

    /// <summary>Why the last handshake with a peer failed, in the daemon's word, or null where none did within so many seconds.</summary>
    public static string? LastFailure(JsonElement? status, string publicKey, double withinSeconds) =>
        Peer(status, "peers", publicKey) is { } peer && peer.TryGetProperty("last_failure", out var failure) && failure.ValueKind == JsonValueKind.Object
            && failure.TryGetProperty("seconds_ago", out var ago) && ago.ValueKind == JsonValueKind.Number && ago.GetDouble() <= withinSeconds
            && failure.TryGetProperty("reason", out var reason) && reason.ValueKind == JsonValueKind.String ? reason.GetString() : null;

    /// <summary>Seconds since the first of the initiations that are not answered, or null where there is none.</summary>
    public static double? Unanswered(JsonElement? status, string publicKey) => OfHandshake(status, publicKey, "unanswered_seconds");

    /// <summary>Seconds since the latest initiation that is not answered yet, or null where there is none.</summary>
    public static double? InitiationAge(JsonElement? status, string publicKey) => OfHandshake(status, publicKey, "age_seconds");

    /// <summary>Counts of what was dropped, by reason.</summary>
    public static Dictionary<string, long> Drops(JsonElement? status)
    {
        var drops = new Dictionary<string, long>(StringComparer.Ordinal);
        if (status is { } all && all.TryGetProperty("drops", out var counts) && counts.ValueKind == JsonValueKind.Object)
            foreach (var count in counts.EnumerateObject().Where(static count => count.Value.ValueKind == JsonValueKind.Number)) drops[count.Name] = count.Value.GetInt64();
        return drops;
    }

    private static double? OfHandshake(JsonElement? status, string publicKey, string member) =>
        status is { } all && all.TryGetProperty("secrecy", out var secrecy) && Peer(secrecy, "peers", publicKey) is { } peer
            && peer.TryGetProperty("handshake", out var handshake) && handshake.ValueKind == JsonValueKind.Object
            && handshake.TryGetProperty(member, out var seconds) && seconds.ValueKind == JsonValueKind.Number ? seconds.GetDouble() : null;

    private static JsonElement? Peer(JsonElement? json, string list, string publicKey) =>
        json is { ValueKind: JsonValueKind.Object } all && all.TryGetProperty(list, out var peers) && peers.ValueKind == JsonValueKind.Array
            ? peers.EnumerateArray().Where(peer => peer.TryGetProperty("public_key", out var key) && key.GetString() == publicKey).Cast<JsonElement?>().FirstOrDefault()
            : null;
}
