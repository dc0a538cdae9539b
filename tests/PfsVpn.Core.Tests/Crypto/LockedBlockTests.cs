using PfsVpn.Crypto;

namespace PfsVpn.Tests.Crypto;

public sealed unsafe class LockedBlockTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(100_000)]
    public void A_block_is_locked_guarded_and_zero(int length)
    {
        using var block = new LockedBlock(length);
        var page = Environment.SystemPageSize;
        Assert.Equal((length + page - 1) / page * page, block.Length);
        Assert.False(block.Span.ContainsAnyExcept((byte)0));
        var map = MemoryMap.At((nint)block.Pointer);
        Assert.NotNull(map);
        Assert.True(map.Has("lo"));
        Assert.True(map.Has("dd"));
        Assert.True(map.Has("dc"));
        Assert.StartsWith("---", MemoryMap.At((nint)block.Pointer - 1)?.Permissions, StringComparison.Ordinal);
        Assert.StartsWith("---", MemoryMap.At((nint)block.Pointer + block.Length)?.Permissions, StringComparison.Ordinal);
    }

    [Fact]
    public void A_block_is_gone_after_its_end_and_ends_once()
    {
        var block = new LockedBlock(10);
        block.Dispose();
        // Would take the place of the first: the second Dispose must not unmap it.
        using var other = new LockedBlock(10);
        block.Dispose();
        other.Span[0] = 1;
        Assert.Throws<ObjectDisposedException>(() => block.Span.Length);
        Assert.Throws<ObjectDisposedException>(block.Erase);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_block_of_no_length_is_refused(int length) => Assert.Throws<ArgumentOutOfRangeException>(() => new LockedBlock(length));
}
