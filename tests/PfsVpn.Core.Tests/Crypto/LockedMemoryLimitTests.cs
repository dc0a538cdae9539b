using System.Globalization;
using PfsVpn.Crypto;

namespace PfsVpn.Tests.Crypto;

/// <summary>What happens on a host that gives less. Each case runs on a thread that has given up its privileges.</summary>
[Collection(nameof(LockedMemoryLimitTests))]
[CollectionDefinition(nameof(LockedMemoryLimitTests), DisableParallelization = true)]
public sealed class LockedMemoryLimitTests
{
    [Theory]
    [InlineData(SecretArenaKind.MemfdSecret)]
    [InlineData(SecretArenaKind.LockedMemory)]
    public void An_arena_uses_the_limit_to_its_end_and_then_says_what_to_do(object boxed)
    {
        var kind = (SecretArenaKind)boxed;
        RestrictedThread.Run(LockedNow() + (80 * 1024), () =>
        {
            using var arena = SecretArena.Create(kind);
            var keys = new List<SecretKey>();
            var exception = Assert.Throws<SecretMemoryException>(() =>
            {
                while (keys.Count < 10_000) keys.Add(SecretKeys.Counting(arena, (byte)keys.Count));
            });
            Assert.Contains("ulimit -l", exception.Message, StringComparison.Ordinal);
            Assert.Equal(80 * 1024 / SecretKey.SizeInBytes, keys.Count);
            Assert.Equal(keys.Count, arena.SlotsInUse);

            // It goes on working with what it has.
            for (var i = 0; i < keys.Count; i++) Assert.Equal((byte)(i + 31), keys[i].Bytes[31]);
            keys[7].Dispose();
            keys[7] = arena.Allocate();
            keys.ForEach(static key => key.Dispose());
        });
    }

    [Fact]
    public void Without_any_lockable_memory_every_kind_says_what_to_do() =>
        RestrictedThread.Run(0, () =>
        {
            using var pool = new LockedMemoryPool();
            Assert.Contains("LimitMEMLOCK=", Assert.Throws<SecretMemoryException>(() => new LockedBlock(1)).Message, StringComparison.Ordinal);
            Assert.Contains("CAP_IPC_LOCK", Assert.Throws<SecretMemoryException>(() => SecretArena.Create()).Message, StringComparison.Ordinal);
            Assert.Throws<SecretMemoryException>(() => SecretArena.Create(SecretArenaKind.MemfdSecret));
            Assert.Throws<SecretMemoryException>(() => pool.Rent());
            Assert.Equal(0, pool.RentedBlocks);
        });

    [Fact]
    public void A_failed_allocation_leaves_no_mapping_behind() =>
        RestrictedThread.Run(0, () =>
        {
            void Fail()
            {
                Assert.Throws<SecretMemoryException>(() => SecretArena.Create(SecretArenaKind.MemfdSecret));
                Assert.Throws<SecretMemoryException>(() => new LockedBlock(1 << 20));
            }
            Fail();
            var before = Descriptors();
            var mapped = File.ReadLines("/proc/self/maps").Count(static line => line.Contains("---p 00000000 00:00 0", StringComparison.Ordinal));
            for (var i = 0; i < 100; i++) Fail();
            var after = File.ReadLines("/proc/self/maps").Count(static line => line.Contains("---p 00000000 00:00 0", StringComparison.Ordinal));
            Assert.InRange(after - mapped, -50, 50);
            Assert.InRange(Descriptors() - before, -50, 50);
        });

    [Theory]
    [InlineData(SecretArenaKind.MemfdSecret)]
    [InlineData(SecretArenaKind.LockedMemory)]
    public void All_that_was_locked_goes_back_to_the_system(object boxed)
    {
        var kind = (SecretArenaKind)boxed;
        var before = LockedNow();
        var pool = new LockedMemoryPool();
        var arena = SecretArena.Create(kind);
        arena.Reserve(3000);
        var key = arena.Allocate();
        var owner = pool.Rent();
        pool.Rent(100_000).Dispose();
        Assert.Equal(before + arena.LockedBytes + LockedMemoryPool.BlockSizeInBytes, LockedNow());

        arena.Dispose();
        pool.Dispose();
        key.Dispose();
        owner.Dispose();
        Assert.Equal(before, LockedNow());
    }

    [Fact]
    public void A_kernel_without_memfd_secret_gives_locked_memory_and_the_reason() =>
        RestrictedThread.Run(null, () =>
        {
            RestrictedThread.RefuseMemfdSecret();
            var exception = Assert.Throws<SecretMemoryException>(() => SecretArena.Create(SecretArenaKind.MemfdSecret));
            Assert.Contains("Linux 5.14", exception.Message, StringComparison.Ordinal);

            using var arena = SecretArena.Create();
            Assert.Equal(SecretArenaKind.LockedMemory, arena.Kind);
            Assert.Contains("memfd_secret failed", arena.Description, StringComparison.Ordinal);
            using var key = SecretKeys.Counting(arena, 1);
            Assert.False(key.IsZero);
        });

    private static long LockedNow()
    {
        var line = File.ReadLines("/proc/self/status").Single(static line => line.StartsWith("VmLck:", StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    private static int Descriptors() => Directory.GetFiles("/proc/self/fd").Length;
}
