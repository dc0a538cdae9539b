using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace PfsVpn.Crypto;

/// <summary>BLAKE2s, incremental, keyed or not, on the caller's stack: no allocation.</summary>
/// <remarks>
/// References: RFC 7693. Sizes: digests of 1 to 32 bytes, keys of 0 to 32 bytes, blocks of 64 bytes.
/// Threading: a value of one thread. A state that absorbed a secret is erased by <see cref="Finish"/>.
/// </remarks>
public unsafe struct Blake2s
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

    private static ReadOnlySpan<byte> Sigma =>
    [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
        14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3,
        11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4,
        7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8,
        9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13,
        2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9,
        12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11,
        13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10,
        6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5,
        10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0,
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

    /// <summary>Writes the digest to the first bytes of <paramref name="digest"/> and erases the state.</summary>
    public void Finish(Span<byte> digest)
    {
        fixed (byte* buffer = _buffer)
        fixed (uint* h = _h)
        {
            new Span<byte>(buffer + _buffered, BlockSizeInBytes - _buffered).Clear();
            Compress(buffer, _buffered, last: true);
            var length = _digestLength;
            Span<byte> bytes = stackalloc byte[HashSizeInBytes];
            for (var i = 0; i < 8; i++) BinaryPrimitives.WriteUInt32LittleEndian(bytes[(4 * i)..], h[i]);
            bytes[..length].CopyTo(digest);
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(bytes);
            SecretMemory.Zero(buffer, BlockSizeInBytes);
            SecretMemory.Zero((byte*)h, 32);
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Compress(byte* block, int length, bool last)
    {
        var m = stackalloc uint[16];
        var v = stackalloc uint[16];
        for (var i = 0; i < 16; i++) m[i] = BinaryPrimitives.ReadUInt32LittleEndian(new ReadOnlySpan<byte>(block + (4 * i), 4));
        _counter += (ulong)length;
        for (var i = 0; i < 8; i++)
        {
            v[i] = _h[i];
            v[i + 8] = Iv[i];
        }
        v[12] ^= (uint)_counter;
        v[13] ^= (uint)(_counter >> 32);
        if (last) v[14] = ~v[14];
        fixed (byte* sigma = Sigma)
        {
            for (var round = 0; round < 10; round++)
            {
                var s = sigma + (16 * round);
                Mix(ref v[0], ref v[4], ref v[8], ref v[12], m[s[0]], m[s[1]]);
                Mix(ref v[1], ref v[5], ref v[9], ref v[13], m[s[2]], m[s[3]]);
                Mix(ref v[2], ref v[6], ref v[10], ref v[14], m[s[4]], m[s[5]]);
                Mix(ref v[3], ref v[7], ref v[11], ref v[15], m[s[6]], m[s[7]]);
                Mix(ref v[0], ref v[5], ref v[10], ref v[15], m[s[8]], m[s[9]]);
                Mix(ref v[1], ref v[6], ref v[11], ref v[12], m[s[10]], m[s[11]]);
                Mix(ref v[2], ref v[7], ref v[8], ref v[13], m[s[12]], m[s[13]]);
                Mix(ref v[3], ref v[4], ref v[9], ref v[14], m[s[14]], m[s[15]]);
            }
        }
        for (var i = 0; i < 8; i++) _h[i] ^= v[i] ^ v[i + 8];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mix(ref uint a, ref uint b, ref uint c, ref uint d, uint x, uint y)
    {
        a = a + b + x;
        d = BitOperations.RotateRight(d ^ a, 16);
        c += d;
        b = BitOperations.RotateRight(b ^ c, 12);
        a = a + b + y;
        d = BitOperations.RotateRight(d ^ a, 8);
        c += d;
        b = BitOperations.RotateRight(b ^ c, 7);
    }
}
