using PfsVpn.Crypto;

namespace PfsVpn.Tests.Crypto;

public sealed unsafe class Blake2sTests
{
    [Fact]
    public void It_gives_the_digest_of_the_RFC()
    {
        var vector = Assert.Single(VectorFile.Read("rfc7693.txt", "digest"));
        Assert.Equal(vector["digest"], Digest(32, vector["key"], vector["input"]));
    }

    [Fact]
    public void It_passes_the_self_test_of_the_RFC()
    {
        var total = new Blake2s(32);
        foreach (var digestLength in (int[])[16, 20, 28, 32])
        {
            foreach (var inputLength in (int[])[0, 3, 64, 65, 255, 1024])
            {
                var input = Sequence(inputLength, (uint)inputLength);
                total.Update(Digest(digestLength, [], input));
                total.Update(Digest(digestLength, Sequence(digestLength, (uint)digestLength), input));
            }
        }
        var result = new byte[32];
        total.Finish(result);
        Assert.Equal(VectorFile.Read("rfc7693.txt", "selftest")[0]["selftest"], result);
    }

    [Fact]
    public void It_agrees_with_another_implementation_for_every_kind_of_length()
    {
        foreach (var vector in VectorFile.Read("blake2s.txt"))
            Assert.Equal(vector["digest"], Digest(vector["digest"].Length, vector["key"], vector["input"]));
    }

    [Fact]
    public void Input_in_pieces_gives_the_same_digest()
    {
        var input = Sequence(300, 5);
        var whole = Digest(32, [], input);
        for (var piece = 1; piece < 140; piece++)
        {
            var state = new Blake2s(32);
            for (var offset = 0; offset < input.Length; offset += piece)
                state.Update(input.AsSpan(offset, Math.Min(piece, input.Length - offset)));
            var digest = new byte[32];
            state.Finish(digest);
            Assert.Equal(whole, digest);
        }
    }

    [Fact]
    public void The_vector_code_and_the_scalar_code_compress_alike()
    {
        var random = new Random(7693);
        for (var round = 0; round < 2000; round++)
        {
            var block = new byte[64];
            var scalar = new uint[8];
            random.NextBytes(block);
            for (var i = 0; i < 8; i++) scalar[i] = (uint)random.NextInt64(1L << 32);
            var vector = (uint[])scalar.Clone();
            var counter = (ulong)random.NextInt64() << (round & 1);
            fixed (byte* b = block)
            fixed (uint* s = scalar, v = vector)
            {
                Blake2s.CompressScalar(s, b, counter, last: round % 3 == 0);
                Blake2s.CompressVector128(v, b, counter, last: round % 3 == 0);
            }
            Assert.Equal(scalar, vector);
        }
    }

    [Fact]
    public void A_hash_of_two_parts_is_the_hash_of_both_in_a_row_and_may_overlap_its_input()
    {
        var input = Sequence(96, 3);
        var expected = Digest(32, [], input);
        var buffer = (byte[])input.Clone();
        Blake2s.Hash(buffer.AsSpan(0, 32), buffer.AsSpan(0, 32), buffer.AsSpan(32));
        Assert.Equal(expected, buffer[..32]);
    }

    [Fact]
    public void A_mac_is_the_keyed_digest_of_16_bytes()
    {
        var mac = new byte[16];
        Blake2s.Mac(mac, Sequence(32, 1), Sequence(116, 2));
        Assert.Equal(Digest(16, Sequence(32, 1), Sequence(116, 2)), mac);
    }

    [Fact]
    public void The_state_holds_nothing_of_the_key_after_finishing_even_where_that_fails()
    {
        var key = Sequence(32, 9);
        var digest = new byte[32];
        var state = new Blake2s(32, key);
        Assert.True(Contains(ref state, key));
        state.Finish(digest);
        Assert.False(Contains(ref state, key));
        Assert.False(Contains(ref state, digest));

        var failing = new Blake2s(32, key);
        Assert.True(FailsToFinish(ref failing));
        Assert.False(Contains(ref failing, key));
        Assert.False(Contains(ref failing, digest));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(33, 0)]
    [InlineData(32, 33)]
    public void Lengths_out_of_range_are_refused(int digestLength, int keyLength) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => { _ = new Blake2s(digestLength, new byte[keyLength]); });

    private static bool FailsToFinish(ref Blake2s state)
    {
        try
        {
            state.Finish(new byte[31]);
            return false;
        }
        catch (ArgumentException)
        {
            return true;
        }
    }

    private static bool Contains(ref Blake2s state, byte[] secret)
    {
        fixed (Blake2s* start = &state)
            return new ReadOnlySpan<byte>(start, sizeof(Blake2s)).IndexOf(secret) >= 0;
    }

    private static byte[] Digest(int length, byte[] key, byte[] input)
    {
        var state = new Blake2s(length, key);
        state.Update(input);
        var digest = new byte[length];
        state.Finish(digest);
        return digest;
    }

    /// <summary>selftest_seq of RFC 7693 appendix E.</summary>
    private static byte[] Sequence(int length, uint seed)
    {
        var (a, b) = (unchecked(0xDEAD4BAD * seed), 1u);
        var sequence = new byte[length];
        for (var i = 0; i < length; i++)
        {
            (a, b) = (b, unchecked(a + b));
            sequence[i] = (byte)(b >> 24);
        }
        return sequence;
    }
}
