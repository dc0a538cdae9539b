using System.Text.Json;
using PfsVpn.Device;
using PfsVpn.Noise;
using PfsVpn.Timers;
using PfsVpn.Transport;

namespace PfsVpn.Runtime;

/// <summary>The keys of one peer that exist, and the totals of those that do not, as docs/secrecy-json.md describes them.</summary>
/// <remarks>Threading: the control thread, which owns the peers.</remarks>
internal sealed class SecrecyPeerWriter(Utf8JsonWriter json, MonotonicTime now)
{
    /// <summary>The object of a peer that had a key.</summary>
    public void Write(Peer peer)
    {
        var keypairs = peer.Keypairs;
        var exposure = keypairs.ExposureAt(now);
        json.WriteStartObject();
        json.WriteString("public_key", peer.PublicKey.ToString());
        if (peer.Name.Length != 0) json.WriteString("name", peer.Name);
        json.WriteNumber("exposure_seconds", SecrecyWriter.Seconds(now - exposure.Oldest));
        json.WriteNumber("exposure_bytes", exposure.Bytes);
        json.WriteStartArray("keypairs");
        WriteKeypair("current", keypairs.Current);
        WriteKeypair("previous", keypairs.Previous);
        WriteKeypair("next", keypairs.Next);
        json.WriteEndArray();
        WriteHandshake(peer);
        if (peer.Cookies.NextDeadline is { } expires) json.WriteNumber("cookie_ends_in_seconds", Until(expires));
        else json.WriteNull("cookie_ends_in_seconds");
        if (peer.KeyTotals is { } totals) WriteTotals(totals);
        json.WriteEndObject();
    }

    private void WriteKeypair(string role, Keypair? keypair)
    {
        if (keypair is null) return;
        json.WriteStartObject();
        json.WriteString("role", role);
        json.WriteNumber("age_seconds", SecrecyWriter.Seconds(now - keypair.Created));
        json.WriteNumber("bytes", keypair.Bytes);
        json.WriteBoolean("initiator", keypair.IsInitiator);
        json.WriteBoolean("confirmed", keypair.IsConfirmedByPeer);
        json.WriteNumber("ends_in_seconds", Until(keypair.Deadline));
        if (role == "current") json.WriteNumber("rekey_in_seconds", Until(keypair.Created + keypair.Life.RekeyAfter));
        else json.WriteNull("rekey_in_seconds");
        if (role == "current" && keypair.Life.RekeyAfterBytes is > 0 and var limit) json.WriteNumber("rekey_in_bytes", limit - Math.Min(limit, keypair.Bytes));
        else json.WriteNull("rekey_in_bytes");
        json.WriteEndObject();
    }

    private void WriteHandshake(Peer peer)
    {
        if (peer.Handshake.State == HandshakeState.None)
        {
            json.WriteNull("handshake");
            return;
        }
        json.WriteStartObject("handshake");
        json.WriteNumber("age_seconds", SecrecyWriter.Seconds(now - peer.Handshake.Created));
        json.WriteNumber("unanswered_seconds", peer.SilentSince.IsUnset ? 0 : SecrecyWriter.Seconds(now - peer.SilentSince));
        json.WriteEndObject();
    }

    private void WriteTotals(PeerKeyTotals totals)
    {
        json.WriteNumber("keypairs_made", totals.Made(KeyKind.Keypair));
        json.WriteNumber("keypairs_erased", totals.Erased(KeyKind.Keypair));
        json.WriteNumber("handshakes_made", totals.Made(KeyKind.HandshakeSecrets));
        json.WriteNumber("handshakes_erased", totals.Erased(KeyKind.HandshakeSecrets));
        json.WriteNumber("worst_outliving_ms", SecrecyWriter.Milliseconds(totals.WorstOutliving));
        StatusWriter.WriteReasons(json, reason => totals.ErasedFor(reason));
    }

    /// <summary>Seconds until a moment, 0 where it is past.</summary>
    private double Until(MonotonicTime at) => at > now ? SecrecyWriter.Seconds(at - now) : 0;
}
