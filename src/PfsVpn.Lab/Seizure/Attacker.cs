using System.Diagnostics;
using PfsVpn.Crypto;
using PfsVpn.Lab.Memory;
using PfsVpn.Noise;

namespace PfsVpn.Lab.Seizure;

/// <summary>Whoever has recorded the wire, and then gets both machines with everything on them.</summary>
internal static class Attacker
{
    /// <summary>Tries everything on a pair that was seized.</summary>
    /// <exception cref="LabException">A memory cannot be read.</exception>
    public static SeizureOutcome Attack(string name, SeizedPair pair, SeizureOptions options)
    {
        var watch = Stopwatch.StartNew();
        var sessions = RecordedSession.Read(pair.Wire);
        using var memory = new MemoryAttack(KeyProbe.Plan(sessions), Ephemerals(sessions));
        var coverage = new List<MemoryCoverage>();
        for (var side = 0; side < pair.Hosts.Count; side++) coverage.Add(memory.Try(pair.Hosts[side].ProcessId, $"side {side + 1}"));

        using var handshakes = new HandshakeAttack([.. pair.Identities.Select(static identity => identity.PrivateKey)], pair.PresharedKey, memory.PrivateKeys);
        var opened = sessions.Select(handshakes.Try).ToList();
        var keys = memory.Keys.Concat(opened.SelectMany(static handshake => handshake.Keys)).DistinctBy(static key => Convert.ToHexString(key.Key), StringComparer.Ordinal).ToList();
        var live = sessions.Where(session => session.MayBeLive(sessions, pair.SeizedAt, options.RejectAfter)).ToHashSet();
        return new SeizureOutcome
        {
            Name = name,
            Talk = options.Talk,
            Messages = ReadAll(sessions, live, keys, pair),
            Sessions = sessions.Count,
            LiveSessions = live.Count,
            LiveWindow = live.Select(session => pair.SeizedAt - session.Response.At).DefaultIfEmpty().Max(),
            Identities = opened.Count(static handshake => handshake.Identity is not null),
            Timestamps = opened.Count(static handshake => handshake.Timestamp is not null),
            OpenedHandshakes = opened.Count(static handshake => handshake.Keys.Count > 0),
            KeysInMemory = memory.Keys,
            EphemeralKeysInMemory = memory.PrivateKeys.Count,
            MemoryBytes = coverage.Aggregate(0UL, static (sum, one) => sum + one.BytesRead),
            Windows = memory.Windows,
            Multiplied = memory.Multiplied,
            Duration = watch.Elapsed,
        };
    }

    /// <summary>Every data message against every key, in order of time.</summary>
    public static IReadOnlyList<SeizedMessage> ReadAll(IReadOnlyList<RecordedSession> sessions, IReadOnlySet<RecordedSession> live, IReadOnlyList<FoundKey> keys, SeizedPair pair)
    {
        var messages = sessions.SelectMany(session => session.Data.SelectMany(static data => data).Select(packet => (Packet: packet, IsLive: live.Contains(session))));
        return [.. messages.AsParallel().AsOrdered().Select(message => new SeizedMessage(
            pair.SeizedAt - message.Packet.At, message.Packet.TextLength, IsRead(message.Packet, keys), message.IsLive))];
    }

    /// <summary>Whether one of the keys opens a message.</summary>
    public static unsafe bool IsRead(RecordedPacket packet, IReadOnlyList<FoundKey> keys)
    {
        var text = new byte[packet.TextLength + 1];
        foreach (var found in keys)
        {
            fixed (byte* key = found.Key)
                if (MessageOpener.TryOpen(text, key, packet.Counter, packet.Sealed)) return true;
        }
        return false;
    }

    private static HashSet<PublicKey> Ephemerals(IReadOnlyList<RecordedSession> sessions) =>
    [
        .. sessions.Select(static session => new PublicKey(session.Initiation.Message.AsSpan(MessageLayout.InitiationEphemeral))),
        .. sessions.Select(static session => new PublicKey(session.Response.Message.AsSpan(MessageLayout.ResponseEphemeral))),
    ];
}
