using System.Runtime.Intrinsics;

namespace PfsVpn.Crypto;

/// <summary>BLAKE2s, incremental, keyed or not, on the caller's stack: no allocation.</summary>
/// <remarks>
/// References: RFC 7693. Sizes: digests of 1 to 32 bytes, keys of 0 to 32 bytes, blocks of 64 bytes. Little-endian hosts only, as .NET's on Linux x86-64 and ARM64.
/// Threading: a value of one thread. The state is erased by <see cref="Finish"/>; what the calls leave on the stack below, by <see cref="StackScrubber"/>.
/// The compression functions are in Blake2s.Vector128.cs and Blake2s.Scalar.cs; all are constant-time.
/// </remarks>
internal unsafe partial struct Blake2s
{
    /// <summary>Digest size of BLAKE2s-256.</summary>
    public const int HashSizeInBytes = 32;

    /// <summary>Size of a message authentication code of the protocol (mac1, mac2, cookie).</summary>
    public const int MacSizeInBytes = 16;

    /// <summary>Block size, also of HMAC-BLAKE2s.</summary>
    public const int BlockSizeInBytes = 64;

    private static ReadOnlySpan<uint> Iv =>
    [
        0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19,
    ];

    private fixed uint _h[8];
    private fixed byte _buffer[BlockSizeInBytes];
    private ulong _counter;
    private int _buffered;
    private int _digestLength;

    /// <summary>Starts a digest of <paramref name="digestLength"/> bytes (1 to 32) under a <paramref name="key"/> of 0 to 32 bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A length is out of range.</exception>
    public Blake2s(int digestLength, ReadOnlySpan<byte> key = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(digestLength, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(digestLength, HashSizeInBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(key.Length, 32);
        _digestLength = digestLength;
        for (var i = 0; i < 8; i++) _h[i] = Iv[i];
        _h[0] ^= 0x01010000u ^ ((uint)key.Length << 8) ^ (uint)digestLength;
        if (key.IsEmpty) return;
        fixed (byte* buffer = _buffer)
        {
            new Span<byte>(buffer, BlockSizeInBytes).Clear();
            key.CopyTo(new Span<byte>(buffer, BlockSizeInBytes));
        }
        _buffered = BlockSizeInBytes;
    }

    /// <summary>Absorbs <paramref name="input"/>, of any length.</summary>
    public void Update(ReadOnlySpan<byte> input)
    {
        fixed (byte* buffer = _buffer)
        {
            while (!input.IsEmpty)
            {
                if (_buffered == BlockSizeInBytes)
                {
                    Compress(buffer, BlockSizeInBytes, last: false);
                    _buffered = 0;
                }
                var take = Math.Min(BlockSizeInBytes - _buffered, input.Length);
                input[..take].CopyTo(new Span<byte>(buffer + _buffered, take));
                _buffered += take;
                input = input[take..];
            }
        }
    }

    /// <summary>Writes the digest to the first bytes of <paramref name="digest"/>, and erases the state, which is then of no further use.</summary>
    /// <exception cref="ArgumentException"><paramref name="digest"/> is shorter than the digest; the state is erased all the same.</exception>
    public void Finish(Span<byte> digest)
    {
        fixed (byte* buffer = _buffer)
        fixed (uint* h = _h)
        {
            try
            {
                new Span<byte>(buffer + _buffered, BlockSizeInBytes - _buffered).Clear();
                Compress(buffer, _buffered, last: true);
                new ReadOnlySpan<byte>(h, _digestLength).CopyTo(digest);
            }
            finally
            {
                SecretMemory.Zero(buffer, BlockSizeInBytes);
                SecretMemory.Zero((byte*)h, HashSizeInBytes);
            }
        }
    }

    /// <summary>HASH(<paramref name="first"/> || <paramref name="second"/>), 32 bytes. The output may overlap an input.</summary>
    public static void Hash(Span<byte> digest, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second = default)
    {
        var state = new Blake2s(HashSizeInBytes);
        state.Update(first);
        state.Update(second);
        state.Finish(digest);
    }

    /// <summary>MAC(<paramref name="key"/>, <paramref name="input"/>): keyed BLAKE2s with 16 bytes of output.</summary>
    public static void Mac(Span<byte> mac, ReadOnlySpan<byte> key, ReadOnlySpan<byte> input)
    {
        var state = new Blake2s(MacSizeInBytes, key);
        state.Update(input);
        state.Finish(mac);
    }

    private void Compress(byte* block, int length, bool last)
    {
        _counter += (ulong)length;
        fixed (uint* h = _h)
        {
            if (Vector128.IsHardwareAccelerated) CompressVector128(h, block, _counter, last);
            else CompressScalar(h, block, _counter, last);
        }
    }
}
