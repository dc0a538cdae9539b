using PfsVpn.Crypto;

namespace PfsVpn.Tests.Crypto;

public sealed class SecretKeyTests : IDisposable
{
    private readonly SecretArena _arena = SecretArena.Create();

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void Its_text_gives_nothing_away()
    {
        using var key = SecretKeys.Counting(_arena, 0x41);
        Assert.Equal("(secret)", key.ToString());
        Assert.Equal("(secret)", $"{key}");
    }

    [Fact]
    public void It_offers_its_bytes_to_nobody_outside()
    {
        Type[] bytes = [typeof(byte[]), typeof(Span<byte>), typeof(ReadOnlySpan<byte>), typeof(Memory<byte>), typeof(byte*), typeof(nint)];
        Assert.DoesNotContain(typeof(SecretKey).GetProperties(), property => bytes.Contains(property.PropertyType));
        Assert.DoesNotContain(typeof(SecretKey).GetMethods(), method => bytes.Contains(method.ReturnType));
    }

    [Fact]
    public void Copies_compare_equal_and_any_other_bit_does_not()
    {
        using var key = SecretKeys.Counting(_arena, 1);
        using var copy = _arena.Allocate();
        copy.CopyFrom(key);
        Assert.True(SecretKey.FixedTimeEquals(key, copy));
        for (var bit = 0; bit < 256; bit++)
        {
            copy.Bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(SecretKey.FixedTimeEquals(key, copy));
            copy.Bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void It_is_zero_only_where_every_bit_is()
    {
        using var key = _arena.Allocate();
        Assert.True(key.IsZero);
        for (var bit = 0; bit < 256; bit++)
        {
            key.Bytes[bit / 8] = (byte)(1 << (bit % 8));
            Assert.False(key.IsZero);
            key.Erase();
            Assert.True(key.IsZero);
        }
    }

    [Fact]
    public void After_its_end_every_use_is_refused()
    {
        using var other = _arena.Allocate();
        var key = SecretKeys.Counting(_arena, 1);
        key.Dispose();
        Assert.True(key.IsDisposed);
        Assert.Throws<ObjectDisposedException>(() => key.IsZero);
        Assert.Throws<ObjectDisposedException>(key.Erase);
        Assert.Throws<ObjectDisposedException>(() => key.CopyFrom(other));
        Assert.Throws<ObjectDisposedException>(() => other.CopyFrom(key));
        Assert.Throws<ObjectDisposedException>(() => key.Randomize(SystemRandom.Instance));
        Assert.Throws<ObjectDisposedException>(() => SecretKey.FixedTimeEquals(key, other));
    }

    [Fact]
    public void Random_keys_differ()
    {
        using var one = _arena.Allocate();
        using var two = _arena.Allocate();
        one.Randomize(SystemRandom.Instance);
        two.Randomize(SystemRandom.Instance);
        Assert.False(one.IsZero);
        Assert.False(SecretKey.FixedTimeEquals(one, two));
    }
}
