using System.Collections.Concurrent;
using PfsVpn.Crypto;
using PfsVpn.Device;
using PfsVpn.Packets;
using PfsVpn.TestSupport.Simulation;
using PfsVpn.Timers;
using PfsVpn.Transport;

namespace PfsVpn.Tests.Transport;

/// <summary>
/// Leases against erasing: threads seal and open batches on the current keypair as pumps do, while another one makes keypairs current and ends them under their hands.
/// Every packet that was sealed is opened with a copy of the right key, which nobody erases.
/// </summary>
public sealed unsafe class LeaseRaceTests
{
    private const int Threads = 4;
    private const int Batches = 2_000_000;
    private const int LongestLife = 4000;

    /// <summary>How far beyond its life a keypair is used where the thread that ends it gets no processor.</summary>
    private const int Grace = 2000;
    private const int PlaintextLength = 32;

    [Fact]
    public void Over_two_million_batches_nothing_is_sealed_or_opened_with_an_erased_key_no_nonce_is_used_twice_and_no_lease_leaks()
    {
        using var arena = SecretArena.Create();
        var random = new SeededRandom(7);
        var stage = new Stage { Current = new Session(arena, random) };
        var work = Enumerable.Range(0, Threads).Select(_ => new Worker(stage)).ToArray();
        var failures = new ConcurrentQueue<Exception>();
        var threads = work.Select(worker => new Thread(() => Guard(failures, stage, worker.Run))).ToArray();
        foreach (var thread in threads) thread.Start();
        var ended = new List<Session>();
        Guard(failures, stage, () => EndOneAfterAnother(stage, arena, random, ended));
        foreach (var thread in threads) thread.Join();
        Assert.Empty(failures);

        Assert.True(work.Sum(static worker => worker.Sealed) >= Batches, "too few batches");
        Assert.True(work.Sum(static worker => worker.Opened) > 0, "nothing was opened");
        Assert.True(ended.Count > 200, $"only {ended.Count} keypairs were ended");
        foreach (var session in ended)
        {
            Assert.Equal(1, session.Erasures);
            Assert.Equal(session.Counters, session.Keypair.MessagesSent);
            session.Dispose();
        }
        Assert.Equal(0, arena.SlotsInUse);
    }

    private static void EndOneAfterAnother(Stage stage, SecretArena arena, SeededRandom random, List<Session> ended)
    {
        while (!stage.IsOver)
        {
            var old = stage.Current;
            var life = old.Life;
            var wait = new SpinWait();
            while (old.Keypair.MessagesSent < life && !stage.IsOver) wait.SpinOnce(sleep1Threshold: -1);
            // At times the successor is there first, as at a rekey, at times there is none for a while, as when a peer is removed.
            if (life % 2 == 0) stage.Current = new Session(arena, random);
            old.Keypair.End(KeyEndReason.Replaced);
            if (life % 2 != 0) stage.Current = new Session(arena, random);
            ended.Add(old);
        }
        stage.Current.Keypair.End(KeyEndReason.Shutdown);
        ended.Add(stage.Current);
    }

    private static void Guard(ConcurrentQueue<Exception> failures, Stage stage, Action work)
    {
        try
        {
            work();
        }
        catch (Exception failure)
        {
            failures.Enqueue(failure);
            stage.Finish();
        }
    }

    /// <summary>What the threads share.</summary>
    private sealed class Stage
    {
        private Session? _current;
        private long _left = Batches;

        public required Session Current
        {
            get => Volatile.Read(ref _current)!;
            set => Volatile.Write(ref _current, value);
        }

        public bool IsOver => Volatile.Read(ref _left) <= 0;

        public void Count(int batches) => Interlocked.Add(ref _left, -batches);

        public void Finish() => Interlocked.Exchange(ref _left, 0);
    }

    /// <summary>A keypair, copies of its keys, and which counters were sealed with.</summary>
    private sealed class Session : IDisposable
    {
        private readonly ulong[] _used = new ulong[((LongestLife + Grace) / 64) + 2];
        private ulong _counters;
        private int _erasures;

        public Session(SecretArena arena, SeededRandom random)
        {
            Life = (ulong)random.Next(LongestLife);
            (SendCopy, ReceiveCopy) = (arena.Allocate(), arena.Allocate());
            SendCopy.Randomize(random);
            ReceiveCopy.Randomize(random);
            var (send, receive) = (arena.Allocate(), arena.Allocate());
            send.CopyFrom(SendCopy);
            receive.CopyFrom(ReceiveCopy);
            Keypair = new Keypair(send, receive, 1, 2, isInitiator: true, new MonotonicTime(1)) { Erased = (_, _) => Interlocked.Increment(ref _erasures) };
        }

        public Keypair Keypair { get; }

        public SecretKey SendCopy { get; }

        public SecretKey ReceiveCopy { get; }

        public ulong Counters => Volatile.Read(ref _counters);

        public int Erasures => Volatile.Read(ref _erasures);

        /// <summary>Messages after which it is ended.</summary>
        public ulong Life { get; }

        public bool HasRoom => Keypair.MessagesSent < Life + Grace;

        public void Note(ulong counter)
        {
            var bit = 1UL << (int)(counter % 64);
            var before = Interlocked.Or(ref _used[counter / 64], bit);
            if ((before & bit) != 0) throw new InvalidOperationException($"Counter {counter} was used twice.");
            Interlocked.Increment(ref _counters);
        }

        public void Dispose()
        {
            SendCopy.Dispose();
            ReceiveCopy.Dispose();
        }
    }

    /// <summary>One thread that seals as a pump does, and at times opens.</summary>
    private sealed class Worker(Stage stage)
    {
        private const int Most = 3;
        private const int Room = PacketBatch.HeaderRoom + PlaintextLength + PacketBatch.TailRoom + 64;

        public long Sealed { get; private set; }

        public long Opened { get; private set; }

        public void Run()
        {
            using var sealer = new PacketSealer(Most);
            using var aead = new TransportAead();
            using var batch = new PacketBatch(Room * Most, Most);
            for (var round = 0; !stage.IsOver; round++)
            {
                var session = stage.Current;
                if (!session.HasRoom) Thread.Yield();
                else if (round % 8 == 0) Open(session, aead);
                else Seal(session, sealer, aead, batch, round % 8 == 1 ? Most : 1);
            }
        }

        private void Seal(Session session, PacketSealer sealer, TransportAead aead, PacketBatch batch, int count)
        {
            batch.Clear();
            batch.Mtu = 1420;
            for (var i = 0; i < count; i++)
            {
                var offset = (i * Room) + PacketBatch.HeaderRoom;
                new Span<byte>(batch.Memory + offset, PlaintextLength).Fill((byte)(0x40 + i));
                batch.TryAdd(offset, PlaintextLength);
            }
            if (!session.Keypair.TryAcquire()) return;
            int granted;
            try
            {
                granted = sealer.Seal(session.Keypair, batch, 0, count);
            }
            finally
            {
                session.Keypair.Release();
            }
            for (var i = 0; i < granted; i++) Check(session, aead, batch.Memory + batch.Output[i].Offset, (byte)(0x40 + i));
            Sealed++;
            stage.Count(1);
        }

        private static void Check(Session session, TransportAead aead, byte* message, byte fill)
        {
            var counter = *(ulong*)(message + 8);
            session.Note(counter);
            var packet = new AeadPacket { Data = message + 16, PlaintextLength = PlaintextLength, Counter = counter };
            if (aead.Open(session.SendCopy, &packet, 1) != 1) throw new InvalidOperationException("A packet was sealed with another key than its own.");
            if (new ReadOnlySpan<byte>(message + 16, PlaintextLength).ContainsAnyExcept(fill)) throw new InvalidOperationException("A packet has other text than its own.");
        }

        private void Open(Session session, TransportAead aead)
        {
            var message = stackalloc byte[PlaintextLength + TransportAead.TagSizeInBytes];
            new Span<byte>(message, PlaintextLength).Fill(0x77);
            var packet = new AeadPacket { Data = message, PlaintextLength = PlaintextLength, Counter = (ulong)Opened };
            aead.Seal(session.ReceiveCopy, &packet, 1);
            packet.Authentic = 0;
            if (!session.Keypair.TryAcquire()) return;
            int authentic;
            try
            {
                authentic = aead.Open(session.Keypair.ReceiveKey, &packet, 1);
            }
            finally
            {
                session.Keypair.Release();
            }
            if (authentic != 1) throw new InvalidOperationException("A packet was opened with another key than its own.");
            Opened++;
        }
    }
}
