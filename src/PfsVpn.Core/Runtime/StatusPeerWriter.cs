using System.ComponentModel;
using System.Text.Json;
using PfsVpn.Device;
using PfsVpn.Timers;
using PfsVpn.Transport;

namespace PfsVpn.Runtime;

/// <summary>What the status says of a peer, as docs/status-json.md describes it.</summary>
/// <remarks>Threading: the control thread, which owns the peers.</remarks>
internal sealed class StatusPeerWriter(Utf8JsonWriter json, MonotonicTime now)
{
    /// <summary>The object of a peer.</summary>
    public void Write(Peer peer)
    {
        json.WriteStartObject();
        json.WriteString("public_key", peer.PublicKey.ToString());
        if (peer.Name.Length != 0) json.WriteString("name", peer.Name);
        json.WriteString("endpoint", peer.Endpoint?.Remote.ToString());
        json.WriteBoolean("connected", peer.IsConnected);
        json.WriteNumber("staged_packets", peer.Staged.Count);
        WriteAge("current_key_age", peer.Keypairs.Current);
        WriteAge("previous_key_age", peer.Keypairs.Previous);
        WriteAge("next_key_age", peer.Keypairs.Next);
        json.WriteNumber("rx_bytes", peer.Statistics.Received);
        json.WriteNumber("tx_bytes", peer.Statistics.Sent);
        json.WriteNumber("rx_packets", peer.Statistics.ReceivedPackets);
        json.WriteNumber("tx_packets", peer.Statistics.SentPackets);
        WriteHandshakes(peer.HandshakeRecord);
        json.WriteEndObject();
    }

    private void WriteAge(string name, Keypair? keypair)
    {
        if (keypair is not null) json.WriteNumber(name, SecrecyWriter.Seconds(now - keypair.Created));
    }

    private void WriteHandshakes(HandshakeRecord? record)
    {
        if (record is null || record.CompletedAt.IsUnset) json.WriteNull("last_handshake_seconds_ago");
        else json.WriteNumber("last_handshake_seconds_ago", SecrecyWriter.Seconds(now - record.CompletedAt));
        json.WriteStartObject("handshakes");
        json.WriteNumber("initiated", record?.Initiated ?? 0);
        json.WriteNumber("answered", record?.Answered ?? 0);
        json.WriteNumber("completed", record?.Completed ?? 0);
        json.WriteNumber("unanswered_in_a_row", record?.Unanswered ?? 0);
        json.WriteStartObject("failed");
        if (record is not null)
        {
            foreach (var reason in Enum.GetValues<HandshakeFailure>())
                if (record.Failed(reason) is > 0 and var count) json.WriteNumber(reason.ToString(), count);
        }
        json.WriteEndObject();
        json.WriteEndObject();
        WriteLastFailure(record);
    }

    private void WriteLastFailure(HandshakeRecord? record)
    {
        if (record is null || record.LastFailure == HandshakeFailure.None)
        {
            json.WriteNull("last_failure");
            return;
        }
        json.WriteStartObject("last_failure");
        json.WriteString("reason", record.LastFailure.ToString());
        json.WriteNumber("seconds_ago", Math.Max(0, SecrecyWriter.Seconds(now - record.LastFailureAt)));
        if (record.LastErrno is not 0 and var errno)
        {
            json.WriteNumber("errno", errno);
            json.WriteString("error", new Win32Exception(errno).Message);
        }
        json.WriteEndObject();
    }
}
