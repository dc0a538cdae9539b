using PfsVpn.Noise;
using PfsVpn.Transport;

namespace PfsVpn.Lab.Policies;

/// <summary>The policies that are compared. All times in seconds.</summary>
internal static class KeyPolicies
{
    private const int Hour = 3600;
    private const int Day = 24 * Hour;

    private static readonly int RekeyAfter = (int)ProtocolConstants.RekeyAfterTime.TotalSeconds;
    private static readonly int RejectAfter = (int)ProtocolConstants.RejectAfterTime.TotalSeconds;
    private static readonly int PreviousKept = (int)ProtocolConstants.RekeyTimeout.TotalSeconds;

    /// <summary>All of them, in the order of the report.</summary>
    public static readonly IReadOnlyList<KeyPolicy> All =
    [
        new("No forward secrecy: a static key", "one key from the beginning, for ever", static (_, _, _) => [new KeySpan(double.NegativeInfinity, double.NegativeInfinity, double.PositiveInfinity, double.PositiveInfinity)]),
        new("TLS session ids, kept 24 h", "a client resumes for as long as it may; all of that has one master secret", static (profile, from, to) => Resumed(profile, from, to, opensFirst: true)),
        new("TLS tickets, key changed every 24 h", "the last key is kept for one more period, so that its tickets still resume", static (_, from, to) => TicketKeys(from, to, Day)),
        new("TLS tickets, key changed every 12 h", "the same", static (_, from, to) => TicketKeys(from, to, 12 * Hour)),
        new("TLS tickets, key changed every hour", "the same", static (_, from, to) => TicketKeys(from, to, Hour)),
        new("TLS 1.3 psk_ke, kept 24 h", "the resumption secret opens every connection but the first, which lasts an hour", static (profile, from, to) => Resumed(profile, from, to, opensFirst: false)),
        new("TLS 1.3 psk_dhe_ke", "a connection lasts an hour at most, and its keys as long", static (profile, from, to) => Sessions(profile, from, to, Hour, kept: 0, idleEnd: Hour)),
        new("Temporary key bound to a permanent one, 24 h", "made an hour before the old one expires, in memory only, destroyed when it expires", static (_, from, to) => Temporary(from, to)),
        new("WireGuard 120/180/540 s, never erased", "what is dropped stays in memory: the worst case, as nothing erases it", static (profile, from, to) => Sessions(profile, from, to, RekeyAfter, kept: double.PositiveInfinity, idleEnd: double.PositiveInfinity)),
        new("WireGuard 120/180/540 s, erased", "as the kernel: the previous key until the next change, all 540 s after the last handshake", static (profile, from, to) => Kernel(profile, from, to)),
        Own("PfsVpn, default (120 s)", RekeyAfter),
        Own("PfsVpn, shortest (10 s)", KeyLife.MinRekeyAfterSeconds),
    ];

    /// <summary>PfsVpn with a rekey after so many seconds: the previous key goes 5 s after the next is in use, every key at 1.5 times that age.</summary>
    public static KeyPolicy Own(string name, int rekeyAfter) => new(
        name, "the previous key goes 5 s after the first packet on the next, every key at 1.5 times the age of its successor",
        (profile, from, to) => Sessions(profile, from, to, rekeyAfter, PreviousKept, idleEnd: 1.5 * rekeyAfter));

    /// <summary>A session key every <paramref name="life"/> of traffic: it exists until <paramref name="kept"/> after its successor, and never longer than <paramref name="idleEnd"/>.</summary>
    private static IEnumerable<KeySpan> Sessions(TrafficProfile profile, int from, int to, int life, double kept, double idleEnd)
    {
        KeySpan? last = null;
        foreach (var (start, end) in profile.Between(from, to))
        {
            for (var made = start; made < end;)
            {
                // What is left of a session is used on after a pause.
                if (last is { } old && made < old.Made + life && made < old.Destroyed)
                {
                    var until = Math.Min(end, (int)old.Made + life);
                    last = old with { UsedTo = until };
                    made = until;
                    continue;
                }
                if (last is { } ended) yield return ended with { Destroyed = Math.Min(ended.Destroyed, made + kept) };
                last = new KeySpan(made, made, Math.Min(end, made + life), made + idleEnd);
                made = (int)last.Value.UsedTo;
            }
        }
        if (last is { } final) yield return final;
    }

    /// <summary>A session key every 120 s of traffic: it goes when the one after its successor is made, or 540 s after the latest was.</summary>
    private static IEnumerable<KeySpan> Kernel(TrafficProfile profile, int from, int to)
    {
        var keys = Sessions(profile, from, to, RekeyAfter, kept: double.PositiveInfinity, idleEnd: double.PositiveInfinity).ToList();
        for (var i = 0; i < keys.Count; i++)
        {
            var wiped = keys[i].Made + (3 * RejectAfter);
            if (i + 1 < keys.Count && keys[i + 1].Made < wiped) wiped = keys[i + 1].Made + (3 * RejectAfter);
            yield return keys[i] with { Destroyed = i + 2 < keys.Count ? Math.Min(wiped, keys[i + 2].Made) : wiped };
        }
    }

    /// <summary>One full handshake when there is no state, which is kept for a day and resumed until then.</summary>
    private static IEnumerable<KeySpan> Resumed(TrafficProfile profile, int from, int to, bool opensFirst)
    {
        var valid = double.NegativeInfinity;
        foreach (var (start, end) in profile.Between(from, to))
        {
            for (var made = Math.Max(start, valid); made < end; made = valid)
            {
                valid = made + Day;
                yield return new KeySpan(made, opensFirst ? made : made + Hour, valid, valid);
                if (!opensFirst) yield return new KeySpan(made, made, made + Hour, made + Hour);
            }
        }
    }

    private static IEnumerable<KeySpan> TicketKeys(int from, int to, int period)
    {
        for (var made = from; made < to; made += period) yield return new KeySpan(made, made, made + period, made + (2 * period));
    }

    private static IEnumerable<KeySpan> Temporary(int from, int to)
    {
        for (var used = from; used < to; used += Day) yield return new KeySpan(used - Hour, used, used + Day, used + Day);
    }
}
