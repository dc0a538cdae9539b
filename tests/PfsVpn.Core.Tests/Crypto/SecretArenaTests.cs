using System.Collections.Concurrent;
using PfsVpn.Crypto;

namespace PfsVpn.Tests.Crypto;

public sealed unsafe class SecretArenaTests
{
    public static TheoryData<object> Kinds => [SecretArenaKind.MemfdSecret, SecretArenaKind.LockedMemory];

    [Theory, MemberData(nameof(Kinds))]
    public void The_memory_is_locked_kept_out_of_cores_and_of_children(object boxed)
    {
        var kind = (SecretArenaKind)boxed;
        using var arena = SecretArena.Create(kind);
        var (address, length) = Assert.Single(arena.Extents);
        var map = MemoryMap.At(address);
        Assert.NotNull(map);
        Assert.Equal((address, address + length), (map.Start, map.End));
        Assert.StartsWith("rw-", map.Permissions, StringComparison.Ordinal);
        Assert.True(map.Has("lo"));
        Assert.True(map.Has("dd"));
        Assert.True(map.Has("dc"));
        Assert.Equal(kind == SecretArenaKind.MemfdSecret, map.Path.Contains("secretmem", StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Pages_without_access_lie_on_both_sides(object boxed)
    {
        var kind = (SecretArenaKind)boxed;
        using var arena = SecretArena.Create(kind);
        var (address, length) = Assert.Single(arena.Extents);
        Assert.StartsWith("---", MemoryMap.At(address - 1)?.Permissions, StringComparison.Ordinal);
        Assert.StartsWith("---", MemoryMap.At(address + length)?.Permissions, StringComparison.Ordinal);
    }

    [Fact]
    public void Secret_memory_cannot_be_read_through_proc_and_locked_memory_can()
    {
        using var hidden = SecretArena.Create(SecretArenaKind.MemfdSecret);
        using var plain = SecretArena.Create(SecretArenaKind.LockedMemory);
        using var hiddenKey = SecretKeys.Counting(hidden, 1);
        using var plainKey = SecretKeys.Counting(plain, 1);

        Assert.Equal(plainKey.Bytes.ToArray(), ReadThroughProc(plainKey.Pointer));
        Assert.Throws<IOException>(() => ReadThroughProc(hiddenKey.Pointer));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_slot_is_zero_after_its_key_and_before_the_next_one(object boxed)
    {
        var kind = (SecretArenaKind)boxed;
        using var arena = SecretArena.Create(kind);
        var first = SecretKeys.Counting(arena, 1);
        var slot = first.Pointer;
        first.Dispose();
        Assert.Equal(new byte[32], new Span<byte>(slot, 32).ToArray());

        // Even where somebody writes through a pointer that outlived its key.
        slot[5] = 1;
        using var second = arena.Allocate();
        Assert.Equal((nint)slot, (nint)second.Pointer);
        Assert.True(second.IsZero);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Disposing_a_key_twice_gives_its_slot_back_once(object boxed)
    {
        var kind = (SecretArenaKind)boxed;
        using var arena = SecretArena.Create(kind);
        var key = arena.Allocate();
        key.Dispose();
        key.Dispose();
        Assert.Equal(0, arena.SlotsInUse);
        using var one = arena.Allocate();
        using var two = arena.Allocate();
        Assert.NotEqual((nint)one.Pointer, (nint)two.Pointer);
        Assert.Equal(2, arena.SlotsInUse);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void It_grows_and_keeps_what_is_there(object boxed)
    {
        var kind = (SecretArenaKind)boxed;
        using var arena = SecretArena.Create(kind);
        var keys = Enumerable.Range(0, 5000).Select(i => SecretKeys.Counting(arena, (byte)i)).ToList();
        Assert.True(arena.Extents.Count > 1);
        Assert.Equal(5000, arena.SlotsInUse);
        Assert.Equal(arena.Extents.Sum(static extent => (long)extent.Length), arena.LockedBytes);
        for (var i = 0; i < keys.Count; i++) Assert.Equal((byte)(i + 31), keys[i].Bytes[31]);
        Assert.Equal(5000, keys.Select(static key => (nint)key.Pointer).Distinct().Count());
        foreach (var key in keys) key.Dispose();
        Assert.Equal(0, arena.SlotsInUse);
        foreach (var (address, length) in arena.Extents) Assert.False(new Span<byte>((byte*)address, length).ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void Reserved_slots_need_no_more_memory()
    {
        using var arena = SecretArena.Create();
        arena.Reserve(10_000);
        var locked = arena.LockedBytes;
        var keys = Enumerable.Range(0, 10_000).Select(_ => arena.Allocate()).ToList();
        Assert.Equal(locked, arena.LockedBytes);
        foreach (var key in keys) key.Dispose();
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Many_threads_never_share_a_slot(object boxed)
    {
        var kind = (SecretArenaKind)boxed;
        using var arena = SecretArena.Create(kind);
        var errors = new ConcurrentQueue<string>();
        var threads = Enumerable.Range(1, 8).Select(number => new Thread(() =>
        {
            var held = new Queue<SecretKey>();
            for (var i = 0; i < 3000; i++)
            {
                var key = arena.Allocate();
                if (!key.IsZero) errors.Enqueue("a new slot was not zero");
                key.Bytes.Fill((byte)number);
                held.Enqueue(key);
                if (held.Count < 40) continue;
                var oldest = held.Dequeue();
                if (oldest.Bytes.ContainsAnyExcept((byte)number)) errors.Enqueue("a slot had two owners");
                oldest.Dispose();
            }
            foreach (var key in held) key.Dispose();
        })).ToList();
        threads.ForEach(static thread => thread.Start());
        threads.ForEach(static thread => thread.Join());
        Assert.Empty(errors);
        Assert.Equal(0, arena.SlotsInUse);
    }

    [Fact]
    public void A_key_disposed_by_many_threads_at_once_returns_one_slot()
    {
        using var arena = SecretArena.Create();
        for (var round = 0; round < 200; round++)
        {
            var key = arena.Allocate();
            Parallel.For(0, 4, _ => key.Dispose());
            Assert.Equal(0, arena.SlotsInUse);
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Disposing_the_arena_erases_at_once_and_unmaps_with_the_last_key(object boxed)
    {
        var kind = (SecretArenaKind)boxed;
        var arena = SecretArena.Create(kind);
        var key = SecretKeys.Counting(arena, 1);
        var other = SecretKeys.Counting(arena, 2);
        var slot = key.Pointer;

        arena.Dispose();
        arena.Dispose();

        Assert.Equal(new byte[32], new Span<byte>(slot, 32).ToArray());
        Assert.True(key.IsDisposed);
        Assert.Throws<ObjectDisposedException>(() => key.IsZero);
        Assert.Throws<ObjectDisposedException>(() => arena.Allocate());
        Assert.Throws<ObjectDisposedException>(() => arena.Reserve(1));

        key.Dispose();
        Assert.StartsWith("rw-", MemoryMap.At((nint)slot)?.Permissions, StringComparison.Ordinal);
        other.Dispose();
        Assert.Equal(0, arena.LockedBytes);
    }

    [Fact]
    public void Erasing_everything_leaves_no_key_that_can_be_used()
    {
        using var arena = SecretArena.Create();
        using var key = SecretKeys.Counting(arena, 1);
        arena.EraseAll();
        foreach (var (address, length) in arena.Extents) Assert.False(new Span<byte>((byte*)address, length).ContainsAnyExcept((byte)0));
        Assert.True(key.IsDisposed);
        Assert.Throws<ObjectDisposedException>(() => key.Bytes.Length);
        Assert.Throws<ObjectDisposedException>(() => X25519.ComputePublicKey(key));
        Assert.Throws<ObjectDisposedException>(() => arena.Allocate());
    }

    [Fact]
    public void A_batch_that_is_sealed_while_everything_is_erased_never_counts_as_sealed()
    {
        using var text = new LockedBlock(4096);
        byte[]? expected = null;
        for (var round = 0; round < 10; round++)
        {
            using var arena = SecretArena.Create();
            using var key = SecretKeys.Counting(arena, 1);
            expected ??= SealLongBatch(key, text);
            using var sealedOnce = new ManualResetEventSlim();
            var eraser = new Thread(() =>
            {
                sealedOnce.Wait();
                arena.EraseAll();
            });
            eraser.Start();
            Action sealing = () =>
            {
                while (true)
                {
                    Assert.Equal(expected, SealLongBatch(key, text));
                    sealedOnce.Set();
                }
            };
            Assert.Throws<ObjectDisposedException>(sealing);
            eraser.Join();
        }
    }

    [Fact]
    public void It_says_how_it_protects()
    {
        using var hidden = SecretArena.Create(SecretArenaKind.MemfdSecret);
        using var plain = SecretArena.Create(SecretArenaKind.LockedMemory);
        using var best = SecretArena.Create();
        Assert.Contains("memfd_secret", hidden.Description, StringComparison.Ordinal);
        Assert.Contains("root can read through /proc", plain.Description, StringComparison.Ordinal);
        Assert.Equal(SecretArenaKind.MemfdSecret, best.Kind);
    }

    /// <summary>Seals one text over and over, for most of a millisecond, so that the erasing falls into it; every packet shapes the result.</summary>
    private static byte[] SealLongBatch(SecretKey key, LockedBlock text)
    {
        text.Span.Clear();
        var packets = new AeadPacket[1000];
        Array.Fill(packets, new AeadPacket { Data = text.Pointer, PlaintextLength = 64 });
        using var aead = new TransportAead();
        fixed (AeadPacket* batch = packets) aead.Seal(key, batch, packets.Length);
        return text.Span[..80].ToArray();
    }

    private static byte[] ReadThroughProc(byte* address)
    {
        using var memory = File.OpenHandle("/proc/self/mem");
        var bytes = new byte[32];
        Assert.Equal(32, RandomAccess.Read(memory, bytes, (long)address));
        return bytes;
    }
}
