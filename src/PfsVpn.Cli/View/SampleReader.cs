using System.Text.Json;
using PfsVpn.Cli.Control;
using PfsVpn.Cli.Output;

namespace PfsVpn.Cli.View;

/// <summary>Asks a daemon for what <c>top</c> shows: its status where it has one that says enough, else what <c>wg</c> knows, or both. Never a secret.</summary>
/// <remarks>Threading: any thread; nothing is shared.</remarks>
internal static class SampleReader
{
    /// <summary>Asks once.</summary>
    /// <exception cref="ControlException">The interface cannot be reached, or answers with an error or nonsense.</exception>
    public static DeviceSample Read(CliContext context, string name)
    {
        try
        {
            var status = StatusReader.TryRead(context, name);
            if (status is { } complete && IsComplete(complete)) return OfStatus(complete, name, null, 0);
            // Another daemon, or a pfsvpnd that is older than this program: bytes and endpoints come by the other question.
            using var device = DeviceReader.ReadWithoutSecrets(context, name);
            var now = context.Clock.GetUtcNow().ToUnixTimeMilliseconds() / 1e3;
            if (status is not { } some) return new DeviceSample(name, null, device.ListenPort, null, 0, null, [.. device.Peers.Select(peer => OfGet(peer, now))]);
            var known = new Dictionary<string, RunningPeer>(device.Peers.Count, StringComparer.Ordinal);
            foreach (var peer in device.Peers) known[peer.PublicKey.ToString()] = peer;
            return OfStatus(some, name, known, now);
        }
        catch (Exception malformed) when (malformed is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw StatusReader.Nonsense(malformed.Message);
        }
    }

    /// <summary>Whether the status says of its peers what <c>get=1</c> would. One without peers does.</summary>
    private static bool IsComplete(JsonElement status)
    {
        if (!status.TryGetProperty("peers", out var peers)) return false;
        foreach (var peer in peers.EnumerateArray()) return peer.TryGetProperty("rx_bytes", out _) && peer.TryGetProperty("endpoint", out _);
        return true;
    }

    private static PeerSample OfGet(RunningPeer peer, double now)
    {
        var age = HandshakeAge(peer, now);
        return new PeerSample(
            peer.PublicKey.ToString(), PrintableText.Of(peer.Name), PrintableText.Of(peer.Endpoint ?? ""), peer.ReceivedBytes, peer.SentBytes, age,
            PeerConditions.Judge(age, null, null, peer.PersistentKeepalive != 0), null, null, "");
    }

    private static double? HandshakeAge(RunningPeer peer, double now) =>
        peer.LastHandshakeSeconds == 0 ? null : Math.Max(0, now - peer.LastHandshakeSeconds - (peer.LastHandshakeNanoseconds / 1e9));

    /// <param name="status">The status.</param>
    /// <param name="name">The interface.</param>
    /// <param name="known">What <c>get=1</c> says of each peer; null where the status says it.</param>
    /// <param name="now">The wall clock, for that.</param>
    private static DeviceSample OfStatus(JsonElement status, string name, Dictionary<string, RunningPeer>? known, double now)
    {
        var told = StatusMembers.Of(status);
        var peers = new List<PeerSample>();
        foreach (var peer in status.GetProperty("peers").EnumerateArray())
        {
            var key = peer.GetProperty("public_key").GetString()!;
            if (known is null) peers.Add(OfStatus(peer, key, told));
            // One that came or went between the two questions is there the next time.
            else if (known.TryGetValue(key, out var running)) peers.Add(WithKeys(OfGet(running, now), peer, told));
        }
        var drops = status.TryGetProperty("drops", out var reasons)
            ? reasons.EnumerateObject().Select(static reason => new DropSample(PrintableText.Of(reason.Name), reason.Value.GetUInt64())).ToList()
            : null;
        return new DeviceSample(
            name,
            status.TryGetProperty("up", out var up) ? up.GetBoolean() : null,
            status.TryGetProperty("listen_port", out var port) ? port.GetInt32() : 0,
            told.Secrecy is { } secrecy ? Number(secrecy, "exposure_seconds") : null,
            told.Secrecy is { } keys && keys.TryGetProperty("exposure_bytes", out var bytes) ? bytes.GetUInt64() : 0,
            drops,
            peers);
    }

    private static PeerSample OfStatus(JsonElement peer, string key, StatusMembers told) => WithKeys(
        new PeerSample(
            key, PrintableText.Of(Text(peer, "name")), PrintableText.Of(Text(peer, "endpoint")), peer.GetProperty("rx_bytes").GetUInt64(), peer.GetProperty("tx_bytes").GetUInt64(),
            Number(peer, "last_handshake_seconds_ago"), PeerCondition.Never, null, null, ""),
        peer, told);

    /// <summary>Adds what only the status says.</summary>
    private static PeerSample WithKeys(PeerSample sample, JsonElement peer, StatusMembers told)
    {
        sample = sample with { LastFailure = Failure(peer, sample.HandshakeAge) };
        if (told.Secrecy is null) return sample;
        double? exposure = null, rekey = null, unanswered = null;
        var hasSession = false;
        if (told.Keys(sample.Key) is { } keys)
        {
            foreach (var keypair in keys.GetProperty("keypairs").EnumerateArray())
            {
                exposure = Number(keys, "exposure_seconds");
                if (!keypair.GetProperty("role").ValueEquals("current")) continue;
                hasSession = true;
                rekey = Number(keypair, "rekey_in_seconds");
            }
            if (keys.GetProperty("handshake") is { ValueKind: JsonValueKind.Object } attempt) unanswered = Number(attempt, "unanswered_seconds");
        }
        return sample with { Condition = PeerConditions.Judge(sample.HandshakeAge, hasSession, unanswered, wantsKeepalive: false), ExposureSeconds = exposure, RekeyIn = rekey };
    }

    /// <summary>Why there is no session; nothing where one was made since.</summary>
    private static string Failure(JsonElement peer, double? handshakeAge) =>
        peer.TryGetProperty("last_failure", out var failure) && failure.ValueKind == JsonValueKind.Object && !(handshakeAge <= Number(failure, "seconds_ago"))
            ? PrintableText.Of(Text(failure, "reason"))
            : "";

    private static string Text(JsonElement from, string name) => from.TryGetProperty(name, out var text) ? text.GetString() ?? "" : "";

    private static double? Number(JsonElement from, string name) => from.TryGetProperty(name, out var number) && number.ValueKind == JsonValueKind.Number ? number.GetDouble() : null;
}
