using System.Diagnostics;
using System.Globalization;
using PfsVpn.Crypto;

namespace PfsVpn.Benchmarks;

/// <summary>
/// How many handshakes a second one core takes as responder, beside the Curve25519 operations that it cannot do without: reading an initiation takes one
/// Diffie-Hellman (es; ss is precomputed), answering it two more (ee, se) and one multiplication of the base point (e).
/// </summary>
internal static class HandshakeCapacity
{
    private const int Rounds = 15;

    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(60);

    /// <summary>Measures everything in turn, several times, and prints medians.</summary>
    public static void Print()
    {
        using var pair = new HandshakePair();
        using var raw = new X25519Benchmarks();
        (string Name, Action Work, int Operations)[] works =
        [
            ("X25519, shared secret", () => Demand(raw.DeriveSharedSecret()), 1),
            ("X25519, public key", () => Demand(raw.ComputePublicKey() != default(PublicKey)), 1),
            ("responder, initiation read", pair.ConsumePrepared, HandshakePair.Prepared),
            ("responder, read and answered", pair.AnswerPrepared, HandshakePair.Prepared),
            ("both sides", pair.BothSides, 1),
        ];
        var times = works.Select(_ => new double[Rounds]).ToArray();
        foreach (var (_, work, operations) in works) Measure(work, operations);
        for (var round = 0; round < Rounds; round++)
        {
            for (var i = 0; i < works.Length; i++) times[i][round] = Measure(works[i].Work, works[i].Operations);
        }
        var medians = times.Select(t => t.Order().ElementAt(Rounds / 2)).ToArray();
        var (shared, own) = (medians[0], medians[1]);
        double?[] bounds = [null, null, shared, (3 * shared) + own, (6 * shared) + (2 * own)];
        for (var i = 0; i < works.Length; i++) Print(works[i].Name, medians[i], bounds[i]);
    }

    private static void Print(string name, double microseconds, double? bound) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{name,-30} {microseconds,8:0.0} µs {1e6 / microseconds,8:0}/s and core{(bound is { } least ? $"; X25519 alone {least:0.0} µs, {microseconds / least:0.00} of it" : "")}"));

    /// <summary>Microseconds of one operation.</summary>
    private static double Measure(Action work, int operations)
    {
        var count = 0;
        var watch = Stopwatch.StartNew();
        do
        {
            work();
            count += operations;
        }
        while (watch.Elapsed < Slice);
        return watch.Elapsed.TotalMicroseconds / count;
    }

    private static void Demand(bool worked)
    {
        if (!worked) throw new InvalidOperationException("X25519 failed.");
    }
}
