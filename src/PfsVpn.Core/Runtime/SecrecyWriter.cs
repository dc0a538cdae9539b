using System.Text.Json;
using PfsVpn.Device;
using PfsVpn.Timers;
using PfsVpn.Transport;

namespace PfsVpn.Runtime;

/// <summary>What a seizure of this machine would give away now, and how keys have ended, as the JSON object that docs/secrecy-json.md describes. No secret.</summary>
/// <remarks>Threading: the control thread, which owns the peers. Only session keys open recorded traffic, so only they count as exposure.</remarks>
internal sealed class SecrecyWriter(Utf8JsonWriter json, WireGuardDevice device, MonotonicTime now)
{
    /// <summary>Changes where a member changes its meaning or goes; new members do not change it.</summary>
    public const int Schema = 1;

    /// <summary>The object of an interface.</summary>
    /// <param name="name">The interface.</param>
    /// <param name="protections">The protections of the process; null where nobody looked.</param>
    public void Write(string name, IReadOnlyList<Protection>? protections)
    {
        json.WriteStartObject();
        json.WriteNumber("schema", Schema);
        json.WriteString("interface", name);
        WriteExposure();
        WriteKinds();
        WriteWorst();
        WriteProtections(protections);
        WritePeers();
        WriteLatestEnds();
        json.WriteEndObject();
    }

    private void WriteExposure()
    {
        var exposure = new KeyExposure(0, 0, now);
        foreach (var peer in device.Peers.All) exposure += peer.Keypairs.ExposureAt(now);
        json.WriteNumber("exposure_seconds", Seconds(now - exposure.Oldest));
        json.WriteNumber("exposure_bytes", exposure.Bytes);
        // Ended, and to be erased when a batch that is in work on them right now lets go: microseconds.
        json.WriteNumber("keypairs_ending", Math.Max(0, device.Ledger.Alive - exposure.Keypairs));
    }

    private void WriteKinds()
    {
        var ledger = device.Ledger;
        json.WriteStartObject("keys");
        foreach (var kind in Enum.GetValues<KeyKind>())
        {
            var (made, erased) = (ledger.MadeOf(kind), ledger.ErasedOf(kind));
            json.WriteStartObject(kind.ToString());
            json.WriteNumber("made", made);
            json.WriteNumber("erased", erased);
            json.WriteNumber("alive", made - erased);
            StatusWriter.WriteReasons(json, reason => ledger.ErasedFor(reason, kind));
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private void WriteWorst()
    {
        json.WriteNumber("worst_outliving_ms", Milliseconds(device.Ledger.WorstOutliving));
        if (device.Ledger.Worst is not { } worst)
        {
            json.WriteNull("worst_end");
            return;
        }
        json.WritePropertyName("worst_end");
        WriteEnd(worst);
    }

    private void WriteProtections(IReadOnlyList<Protection>? protections)
    {
        if (protections is null)
        {
            json.WriteNull("protections");
            return;
        }
        json.WriteStartArray("protections");
        foreach (var protection in protections)
        {
            json.WriteStartObject();
            json.WriteString("name", protection.Name);
            json.WriteBoolean("holds", protection.Holds);
            json.WriteString("detail", protection.Detail);
            json.WriteString("remedy", protection.Remedy);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private void WritePeers()
    {
        var (peers, without) = (new SecrecyPeerWriter(json, now), 0);
        json.WriteStartArray("peers");
        foreach (var peer in device.Peers.All)
        {
            // Of a hundred thousand peers, few talk: the others are only counted.
            if (peer.KeyTotals is null) without++;
            else peers.Write(peer);
        }
        json.WriteEndArray();
        json.WriteNumber("peers_without_keys", without);
    }

    private void WriteLatestEnds()
    {
        var ends = new KeyEnd[KeyLedger.Capacity];
        var count = device.Ledger.CopyLatest(ends);
        json.WriteStartArray("latest_ends");
        for (var i = 0; i < count; i++) WriteEnd(ends[i]);
        json.WriteEndArray();
    }

    private void WriteEnd(in KeyEnd end)
    {
        json.WriteStartObject();
        json.WriteString("kind", end.Kind.ToString());
        json.WriteString("peer", end.Peer?.ToString());
        json.WriteString("reason", end.Reason.ToString());
        json.WriteNumber("erased_seconds_ago", Seconds(now - end.Erased));
        json.WriteNumber("lived_seconds", Seconds(end.Erased - end.Created));
        WriteAge("confirmed_at_age_seconds", end.Confirmed, end.Created);
        WriteAge("retired_at_age_seconds", end.Retired, end.Created);
        WriteAge("deadline_at_age_seconds", end.Deadline == MonotonicTime.Infinite ? default : end.Deadline, end.Created);
        json.WriteNumber("outlived_ms", Milliseconds(end.Outlived));
        json.WriteEndObject();
    }

    private void WriteAge(string name, MonotonicTime at, MonotonicTime created)
    {
        if (at.IsUnset) json.WriteNull(name);
        else json.WriteNumber(name, Seconds(at - created));
    }

    internal static double Seconds(TimeSpan span) => Math.Round(span.TotalSeconds, 3);

    internal static double Milliseconds(TimeSpan span) => Math.Round(span.TotalMilliseconds, 4);
}
