using System.Collections.Concurrent;
using PfsVpn.Crypto;
using PfsVpn.Noise;
using PfsVpn.TestSupport.Simulation;
using PfsVpn.Timers;
using PfsVpn.Transport;

namespace PfsVpn.Tests.Transport;

public sealed unsafe class KeypairTests
{
    private static readonly MonotonicTime Start = new(1_000_000_000);

    [Fact]
    public void A_key_without_leases_is_erased_when_it_ends()
    {
        using var arena = SecretArena.Create();
        var ends = new List<KeyEndReason>();
        var keypair = Make(arena, ends.Add);
        Assert.True(keypair.TryAcquire());
        keypair.Release();
        Assert.Equal(2, arena.SlotsInUse);
        keypair.End(KeyEndReason.TooOld);
        Assert.Equal(0, arena.SlotsInUse);
        Assert.True(keypair.IsDead);
        Assert.False(keypair.TryAcquire());
        keypair.End(KeyEndReason.Shutdown);
        Assert.Equal([KeyEndReason.TooOld], ends);
    }

    [Fact]
    public void A_leased_key_lives_until_the_last_lease_ends()
    {
        using var arena = SecretArena.Create();
        var ends = new List<KeyEndReason>();
        var keypair = Make(arena, ends.Add);
        Assert.True(keypair.TryAcquire());
        Assert.True(keypair.TryAcquire());
        keypair.End(KeyEndReason.Replaced);
        Assert.False(keypair.TryAcquire());
        Assert.False(keypair.SendKey.IsZero);
        keypair.Release();
        Assert.False(keypair.SendKey.IsZero);
        Assert.Empty(ends);
        keypair.Release();
        Assert.Equal(0, arena.SlotsInUse);
        Assert.Equal([KeyEndReason.Replaced], ends);
    }

    [Theory]
    [InlineData(0ul, 3, 3)]
    [InlineData(1UL << 60, 3, 3)]
    [InlineData(ulong.MaxValue - (1UL << 13) - 3, 3, 3)]
    [InlineData(ulong.MaxValue - (1UL << 13) - 2, 3, 2)]
    [InlineData(ulong.MaxValue - (1UL << 13), 3, 0)]
    [InlineData(ulong.MaxValue - 1, 3, 0)]
    public void Counters_are_granted_up_to_the_last_one(ulong next, int wanted, int granted)
    {
        using var arena = SecretArena.Create();
        var keypair = Make(arena);
        keypair.SetSendCounter(next);
        Assert.Equal(granted, keypair.ReserveCounters(wanted, out var first));
        if (granted > 0) Assert.Equal(next, first);
        Assert.Equal(next + (ulong)granted, keypair.MessagesSent);
        keypair.End(KeyEndReason.Shutdown);
    }

    [Fact]
    public void Ages_count_from_the_derivation()
    {
        using var arena = SecretArena.Create();
        foreach (var isInitiator in new[] { true, false })
        {
            var keypair = Make(arena, isInitiator: isInitiator);
            Assert.Equal((false, isInitiator), (keypair.WantsRekeyOnSend(After(119.9)), keypair.WantsRekeyOnSend(After(120))));
            Assert.Equal((false, isInitiator), (keypair.WantsRekeyOnReceive(After(164.9)), keypair.WantsRekeyOnReceive(After(165))));
            Assert.Equal((true, false), (keypair.IsFresh(After(179.9)), keypair.IsFresh(After(180))));
            keypair.SetSendCounter(ProtocolConstants.RekeyAfterMessages);
            Assert.False(keypair.WantsRekeyOnSend(After(0)));
            keypair.SetSendCounter(ProtocolConstants.RekeyAfterMessages + 1);
            Assert.True(keypair.WantsRekeyOnSend(After(0)));
            keypair.SetSendCounter(ProtocolConstants.RejectAfterMessages);
            Assert.False(keypair.IsFresh(After(0)));
            keypair.End(KeyEndReason.Shutdown);
        }
    }

    [Fact]
    public void Racing_threads_never_get_a_counter_twice_and_none_past_the_last()
    {
        using var arena = SecretArena.Create();
        var keypair = Make(arena);
        var first = ProtocolConstants.RejectAfterMessages - 30_000;
        keypair.SetSendCounter(first);
        var granted = new ConcurrentBag<(ulong First, int Count)>();
        RunOnThreads(4, thread =>
        {
            for (var i = 0; ; i++)
            {
                var count = keypair.ReserveCounters(1 + ((i + thread) % 7), out var from);
                if (count == 0) return;
                granted.Add((from, count));
            }
        });
        var next = first;
        foreach (var (from, count) in granted.OrderBy(static grant => grant.First))
        {
            Assert.Equal(next, from);
            next += (ulong)count;
        }
        Assert.Equal(ProtocolConstants.RejectAfterMessages, next);
        keypair.End(KeyEndReason.Shutdown);
    }

    [Fact]
    public void A_key_that_ends_under_its_users_never_seals_with_zeros_and_is_always_erased()
    {
        using var arena = SecretArena.Create();
        using var copy = arena.Allocate();
        for (var round = 0; round < 150; round++)
        {
            var erased = 0;
            var keypair = Make(arena, _ => Interlocked.Increment(ref erased));
            copy.CopyFrom(keypair.SendKey);
            var sealedPackets = new ConcurrentBag<(ulong Counter, byte[] Bytes)>();
            using var start = new Barrier(4);
            var rounds = round;
            RunOnThreads(4, thread =>
            {
                start.SignalAndWait();
                if (thread > 0) SealUntilTheEnd(keypair, sealedPackets);
                else End(keypair, sealedPackets, rounds);
            });
            Assert.Equal(1, erased);
            Assert.True(keypair.IsDead);
            Assert.Equal(1, arena.SlotsInUse);
            Assert.Equal(sealedPackets.Count, sealedPackets.DistinctBy(static packet => packet.Counter).Count());
            foreach (var (counter, bytes) in sealedPackets) Assert.True(Opens(copy, counter, bytes), "A packet was sealed with another key than its own.");
        }
    }

    private static void End(Keypair keypair, ConcurrentBag<(ulong Counter, byte[] Bytes)> sealedPackets, int round)
    {
        // At another moment each time: before, amid, and after many packets.
        var wait = new SpinWait();
        while (sealedPackets.Count < round % 10) wait.SpinOnce();
        keypair.End(KeyEndReason.Shutdown);
    }

    private static void SealUntilTheEnd(Keypair keypair, ConcurrentBag<(ulong Counter, byte[] Bytes)> sealedPackets)
    {
        using var aead = new TransportAead();
        while (keypair.TryAcquire())
        {
            var bytes = new byte[64];
            ulong counter;
            try
            {
                if (keypair.ReserveCounters(1, out counter) == 0) continue;
                fixed (byte* data = bytes)
                {
                    var packet = new AeadPacket { Data = data, PlaintextLength = 48, Counter = counter };
                    aead.Seal(keypair.SendKey, &packet, 1);
                }
            }
            finally
            {
                keypair.Release();
            }
            sealedPackets.Add((counter, bytes));
        }
    }

    private static bool Opens(SecretKey key, ulong counter, byte[] bytes)
    {
        fixed (byte* data = bytes)
        {
            var packet = new AeadPacket { Data = data, PlaintextLength = 48, Counter = counter };
            using var aead = new TransportAead();
            return aead.Open(key, &packet, 1) == 1;
        }
    }

    private static void RunOnThreads(int count, Action<int> work)
    {
        var failures = new ConcurrentBag<Exception>();
        var threads = Enumerable.Range(0, count).Select(number => new Thread(() =>
        {
            try
            {
                work(number);
            }
            catch (Exception failure)
            {
                failures.Add(failure);
            }
        })).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        Assert.Empty(failures);
    }

    private static MonotonicTime After(double seconds) => Start + TimeSpan.FromSeconds(seconds);

    private static Keypair Make(SecretArena arena, Action<KeyEndReason>? erased = null, bool isInitiator = true)
    {
        var (send, receive) = (arena.Allocate(), arena.Allocate());
        var random = new SeededRandom(1);
        send.Randomize(random);
        receive.Randomize(random);
        return new Keypair(send, receive, 1, 2, isInitiator, Start) { Erased = (_, reason) => erased?.Invoke(reason) };
    }
}
