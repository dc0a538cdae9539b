using System.Buffers;
using System.IO.Pipelines;
using PfsVpn.Crypto;

namespace PfsVpn.Tests.Crypto;

public sealed class LockedMemoryPoolTests
{
    [Fact]
    public unsafe void What_is_returned_to_the_pool_is_zero_at_once_and_reused()
    {
        using var pool = new LockedMemoryPool();
        var first = pool.Rent();
        Assert.Equal(LockedMemoryPool.BlockSizeInBytes, first.Memory.Length);
        first.Memory.Span.Fill(0xA5);
        var address = Address(first);
        first.Dispose();
        Assert.False(new Span<byte>((byte*)address, LockedMemoryPool.BlockSizeInBytes).ContainsAnyExcept((byte)0));

        using var second = pool.Rent(100);
        Assert.Equal(address, Address(second));
        Assert.Equal((1, 0), (pool.RentedBlocks, pool.FreeBlocks));
    }

    [Fact]
    public void Memory_of_an_earlier_rental_never_shows_the_next_one()
    {
        using var pool = new LockedMemoryPool();
        var first = pool.Rent();
        var stale = first.Memory;
        first.Dispose();
        first.Dispose();
        using var second = pool.Rent();
        Assert.Equal(1, pool.RentedBlocks);
        Assert.Throws<ObjectDisposedException>(() => stale.Span.Length);
        Assert.Throws<ObjectDisposedException>(() => stale.Pin());
    }

    [Fact]
    public void The_pool_keeps_only_so_many_blocks_and_no_large_ones()
    {
        using var pool = new LockedMemoryPool(maximumFree: 2);
        var owners = Enumerable.Range(0, 5).Select(_ => pool.Rent()).ToList();
        owners.Add(pool.Rent(100_000));
        Assert.True(owners[^1].Memory.Length >= 100_000);
        Assert.Equal(6, pool.RentedBlocks);
        owners.Reverse();
        owners.ForEach(static owner => owner.Dispose());
        Assert.Equal((0, 2), (pool.RentedBlocks, pool.FreeBlocks));
    }

    [Fact]
    public void Blocks_returned_after_the_end_of_the_pool_go_back_to_the_system()
    {
        var pool = new LockedMemoryPool();
        var owner = pool.Rent();
        pool.Rent().Dispose();
        pool.Dispose();
        Assert.Equal(0, pool.FreeBlocks);
        owner.Memory.Span.Fill(1);
        owner.Dispose();
        Assert.Equal((0, 0), (pool.RentedBlocks, pool.FreeBlocks));
        Assert.Throws<ObjectDisposedException>(() => pool.Rent());
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(int.MaxValue)]
    public void A_size_out_of_range_is_refused(int size)
    {
        using var pool = new LockedMemoryPool();
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Rent(size));
        Assert.Equal(0, pool.RentedBlocks);
    }

    [Fact]
    public unsafe void Pinned_memory_is_the_memory()
    {
        using var pool = new LockedMemoryPool();
        using var owner = pool.Rent();
        using var handle = owner.Memory[5..].Pin();
        *(byte*)handle.Pointer = 7;
        Assert.Equal(7, owner.Memory.Span[5]);
    }

    [Fact]
    public void Many_threads_never_share_a_block()
    {
        using var pool = new LockedMemoryPool(maximumFree: 3);
        Parallel.For(0, 8, number =>
        {
            for (var i = 0; i < 300; i++)
            {
                using var owner = pool.Rent();
                if (owner.Memory.Span.ContainsAnyExcept((byte)0)) throw new InvalidOperationException("a rented block was not zero");
                owner.Memory.Span.Fill((byte)(number + 1));
                if (owner.Memory.Span.ContainsAnyExcept((byte)(number + 1))) throw new InvalidOperationException("a block had two tenants");
            }
        });
        Assert.Equal(0, pool.RentedBlocks);
    }

    [Fact]
    public async Task A_pipe_takes_all_its_memory_from_the_pool_and_returns_it()
    {
        using var pool = new LockedMemoryPool();
        var pipe = new Pipe(new PipeOptions(pool, pauseWriterThreshold: 0, useSynchronizationContext: false));
        var large = pipe.Writer.GetMemory(3_000_000);
        Assert.Equal(1, pool.RentedBlocks);
        large.Span[..3_000_000].Fill(1);
        pipe.Writer.Advance(3_000_000);
        await pipe.Writer.WriteAsync(new byte[50_000]);
        Assert.True(pool.RentedBlocks > 1);

        var result = await pipe.Reader.ReadAsync();
        Assert.Equal(3_050_000, result.Buffer.Length);
        pipe.Reader.AdvanceTo(result.Buffer.End);
        await pipe.Writer.CompleteAsync();
        await pipe.Reader.CompleteAsync();
        Assert.Equal(0, pool.RentedBlocks);
    }

    private static unsafe nint Address(IMemoryOwner<byte> owner)
    {
        fixed (byte* start = owner.Memory.Span) return (nint)start;
    }
}
