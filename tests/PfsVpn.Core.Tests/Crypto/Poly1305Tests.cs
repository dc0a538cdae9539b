using System.Runtime.InteropServices;
using PfsVpn.Crypto;

namespace PfsVpn.Tests.Crypto;

/// <summary>Poly1305 of every kernel with keys and texts that carry far, against a model with big integers.</summary>
public sealed unsafe class Poly1305Tests : IDisposable
{
    private const int Room = 4096;
    private const int Count = 20;

    private readonly AeadScratch* _scratch = (AeadScratch*)NativeMemory.AlignedAlloc((nuint)sizeof(AeadScratch), 64);
    private readonly byte* _texts = (byte*)NativeMemory.AllocZeroed(Room * Count);
    private readonly AeadPacket* _packets = (AeadPacket*)NativeMemory.AllocZeroed(Count, (nuint)sizeof(AeadPacket));
    private readonly AeadPacket** _order = (AeadPacket**)NativeMemory.AllocZeroed(Count, (nuint)sizeof(AeadPacket*));
    private readonly Random _random = new(1305);

    public Poly1305Tests()
    {
        new Span<byte>(_scratch, sizeof(AeadScratch)).Clear();
        TransportAead.Prepare(_scratch);
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_scratch);
        NativeMemory.Free(_texts);
        NativeMemory.Free(_packets);
        NativeMemory.Free(_order);
    }

    [Fact]
    public void The_model_does_what_the_RFC_says()
    {
        foreach (var vector in VectorFile.Read("rfc8439-poly1305.txt")) Assert.Equal(vector["tag"], Poly1305Model.Tag(vector["key"], vector["message"]));
    }

    [Theory]
    [MemberData(nameof(AeadKernelData.Supported), MemberType = typeof(AeadKernelData))]
    public void The_keys_and_messages_of_the_RFC(string kernel)
    {
        foreach (var vector in VectorFile.Read("rfc8439-poly1305.txt"))
            Compare(kernel, 1 + _random.Next(Count), _ => vector["key"], _ => vector["message"]);
    }

    /// <summary>r of zero, of one to five, and of all ones; s of all ones; texts of all ones and just below, so that limbs and the whole sum overflow.</summary>
    [Theory]
    [MemberData(nameof(AeadKernelData.Supported), MemberType = typeof(AeadKernelData))]
    public void Keys_and_texts_at_their_limits(string kernel)
    {
        for (var round = 0; round < 400; round++)
        {
            var (pattern, filler) = (round % 5, (byte)(round % 3 == 0 ? 0xFF : round % 3 == 1 ? 0xFB : 0x00));
            var length = round % 2 == 0 ? _random.Next(700) : 16 * _random.Next(100);
            Compare(kernel, 1 + _random.Next(Count), lane => LimitKey(pattern, lane), lane => LimitText(filler, round % 4 == 3 ? length * lane / Count : length));
        }
    }

    /// <summary>With r = 1 a sum is just the sum of its blocks: chosen so that it ends at 2^130 - 8 to 2^130 + 7, around the modulus.</summary>
    [Theory]
    [MemberData(nameof(AeadKernelData.Supported), MemberType = typeof(AeadKernelData))]
    public void Sums_around_the_modulus(string kernel)
    {
        foreach (var length in (int[])[64, 128, 144, 512, 528, 1024, 1424])
            for (var offset = -8; offset < 8; offset++)
            {
                var text = SumsTo(length, offset);
                Compare(kernel, 9, _ => [1, .. new byte[31]], _ => text);
                Compare(kernel, 1, _ => [1, .. new byte[31]], _ => text);
            }
    }

    [Theory]
    [MemberData(nameof(AeadKernelData.Supported), MemberType = typeof(AeadKernelData))]
    public void Random_keys_and_texts(string kernel)
    {
        for (var round = 0; round < 300; round++)
            Compare(kernel, 1 + _random.Next(Count), _ => RandomBytes(32), _ => RandomBytes(_random.Next(round < 200 ? 300 : Room - 16)));
    }

    private static byte[] LimitKey(int pattern, int lane)
    {
        var key = new byte[32];
        switch (pattern)
        {
            case 0: break;
            case 1: Array.Fill(key, (byte)0xFF); break;
            case 2: key[0] = (byte)(lane % 6); break;
            case 3: Array.Fill(key, (byte)0xFF, 16, 16); key[0] = 5; break;
            default: Array.Fill(key, (byte)0xFF, 0, 16); break;
        }
        return key;
    }

    private byte[] LimitText(byte filler, int length)
    {
        var text = new byte[length];
        Array.Fill(text, filler == 0 ? (byte)0xFF : filler);
        if (filler == 0 && length > 0) text[_random.Next(length)] = (byte)_random.Next(256);
        return text;
    }

    /// <summary>A text whose blocks, each with its bit 2^128, add up with the block of the lengths to a multiple of the modulus plus <paramref name="offset"/>.</summary>
    private byte[] SumsTo(int length, int offset)
    {
        var prime = System.Numerics.BigInteger.Pow(2, 130) - 5;
        var bit = System.Numerics.BigInteger.Pow(2, 128);
        var text = RandomBytes(length);
        // The first block is chosen last; another random text is tried where it would not fit in its 128 bits.
        while (true)
        {
            var rest = bit + bit + ((System.Numerics.BigInteger)length << 64);
            for (var at = 16; at < length; at += 16) rest += bit + new System.Numerics.BigInteger(text.AsSpan(at, 16), isUnsigned: true);
            var first = ((prime + offset - rest) % prime + prime) % prime;
            if (first < bit)
            {
                text.AsSpan(0, 16).Clear();
                Assert.True(first.TryWriteBytes(text, out _, isUnsigned: true));
                return text;
            }
            _random.NextBytes(text);
        }
    }

    private byte[] RandomBytes(int length)
    {
        var bytes = new byte[length];
        _random.NextBytes(bytes);
        return bytes;
    }

    private void Compare(string kernel, int count, Func<int, byte[]> keyOf, Func<int, byte[]> textOf)
    {
        var texts = Enumerable.Range(0, count).Select(textOf).OrderByDescending(text => text.Length).ToList();
        var keys = Enumerable.Range(0, count).Select(keyOf).ToList();
        for (var i = 0; i < count; i++)
        {
            _packets[i] = new AeadPacket { Data = _texts + (Room * i), PlaintextLength = texts[i].Length };
            new Span<byte>(_packets[i].Data, Room).Fill(0xA5);
            texts[i].CopyTo(new Span<byte>(_packets[i].Data, Room));
            keys[i].CopyTo(new Span<byte>(_scratch->Keys + (64 * i), 32));
            _order[i] = _packets + i;
        }
        AeadKernels.Create(AeadKernelData.Parse(kernel)).ComputeTags(_scratch, _order, count);
        for (var i = 0; i < count; i++)
        {
            var tag = new ReadOnlySpan<byte>((byte*)_scratch->Tags + (16 * i), 16);
            var expected = Poly1305Model.AeadTag(keys[i], texts[i]);
            Assert.True(tag.SequenceEqual(expected), $"text {i} of {count}, {texts[i].Length} bytes, key {Convert.ToHexString(keys[i])}");
        }
    }
}
