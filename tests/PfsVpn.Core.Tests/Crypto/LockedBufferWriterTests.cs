using System.Buffers;
using PfsVpn.Crypto;

namespace PfsVpn.Tests.Crypto;

public sealed unsafe class LockedBufferWriterTests
{
    [Fact]
    public void A_writer_gives_back_what_was_written_whatever_the_pieces()
    {
        using var pool = new LockedMemoryPool();
        using var writer = new LockedBufferWriter(pool);
        var random = new Random(1);
        var expected = new MemoryStream();
        Assert.True(writer.Written.IsEmpty);
        for (var i = 0; i < 500; i++)
        {
            var piece = new byte[random.Next(i % 50 == 0 ? 40_000 : 600)];
            random.NextBytes(piece);
            expected.Write(piece);
            writer.Write(piece);
            if (i % 20 == 0) Assert.Equal(expected.ToArray(), writer.Written.ToArray());
        }
        Assert.Equal(expected.Length, writer.Length);
        Assert.Equal(expected.ToArray(), writer.Written.ToArray());
    }

    [Fact]
    public void A_writer_that_is_cleared_zeroes_returns_and_starts_anew()
    {
        using var pool = new LockedMemoryPool();
        using var writer = new LockedBufferWriter(pool);
        writer.Write(Enumerable.Repeat((byte)0xA5, 20_000).ToArray());
        nint address;
        fixed (byte* first = writer.Written.FirstSpan) address = (nint)first;

        writer.Clear();

        Assert.False(new Span<byte>((byte*)address, LockedMemoryPool.BlockSizeInBytes).ContainsAnyExcept((byte)0));
        Assert.Equal((0L, 0), (writer.Length, pool.RentedBlocks));
        Assert.True(writer.Written.IsEmpty);
        writer.Write("again"u8);
        Assert.Equal("again"u8.ToArray(), writer.Written.ToArray());
    }

    [Fact]
    public void A_writer_refuses_to_advance_beyond_its_room_and_to_write_after_its_end()
    {
        using var pool = new LockedMemoryPool();
        var writer = new LockedBufferWriter(pool);
        Assert.Throws<InvalidOperationException>(() => writer.Advance(1));
        writer.Advance(0);
        var room = writer.GetSpan(10).Length;
        Assert.Throws<InvalidOperationException>(() => writer.Advance(room + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Advance(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.GetMemory(-1));
        writer.Dispose();
        writer.Dispose();
        Assert.Equal(0, pool.RentedBlocks);
        Assert.Throws<ObjectDisposedException>(() => writer.GetSpan());
    }
}
