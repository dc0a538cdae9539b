using System.Security.Cryptography;

namespace PfsVpn.Crypto;

/// <summary>KDF1, KDF2 and KDF3 of the protocol: HKDF over HMAC-BLAKE2s with 1 to 3 outputs of 32 bytes.</summary>
/// <remarks>
/// References: RFC 5869 (the input is the keying material, the chaining key the salt, no info), WireGuard paper §5.4.
/// Outputs go into arena slots; an output may be the slot of the chaining key, and the input may lie in an output's slot.
/// Threading: pure functions. Stack copies are zeroed here, the depth below by <see cref="StackScrubber"/>.
/// </remarks>
internal static class Kdf
{
    /// <summary>(<paramref name="output"/>) = KDF1(<paramref name="chainingKey"/>, <paramref name="input"/>).</summary>
    public static void Derive1(SecretKey output, SecretKey chainingKey, ReadOnlySpan<byte> input) =>
        Derive(output, null, null, chainingKey, input);

    /// <summary>(<paramref name="output1"/>, <paramref name="output2"/>) = KDF2(<paramref name="chainingKey"/>, <paramref name="input"/>).</summary>
    public static void Derive2(SecretKey output1, SecretKey output2, SecretKey chainingKey, ReadOnlySpan<byte> input) =>
        Derive(output1, output2, null, chainingKey, input);

    /// <summary>Three outputs of KDF3(<paramref name="chainingKey"/>, <paramref name="input"/>).</summary>
    public static void Derive3(SecretKey output1, SecretKey output2, SecretKey output3, SecretKey chainingKey, ReadOnlySpan<byte> input) =>
        Derive(output1, output2, output3, chainingKey, input);

    /// <summary>HMAC-BLAKE2s-256 (RFC 2104, block size 64) over up to two parts; 32 bytes.</summary>
    public static void Hmac(Span<byte> mac, ReadOnlySpan<byte> key, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second = default)
    {
        Span<byte> pad = stackalloc byte[Blake2s.BlockSizeInBytes];
        Span<byte> inner = stackalloc byte[Blake2s.HashSizeInBytes];
        pad.Clear();
        if (key.Length > Blake2s.BlockSizeInBytes) Blake2s.Hash(pad, key);
        else key.CopyTo(pad);

        foreach (ref var octet in pad) octet ^= 0x36;
        var state = new Blake2s(Blake2s.HashSizeInBytes);
        state.Update(pad);
        state.Update(first);
        state.Update(second);
        state.Finish(inner);

        foreach (ref var octet in pad) octet ^= 0x36 ^ 0x5c;
        Blake2s.Hash(mac, pad, inner);
        CryptographicOperations.ZeroMemory(pad);
        CryptographicOperations.ZeroMemory(inner);
    }

    private static void Derive(SecretKey output1, SecretKey? output2, SecretKey? output3, SecretKey chainingKey, ReadOnlySpan<byte> input)
    {
        Span<byte> secret = stackalloc byte[Blake2s.HashSizeInBytes];
        Span<byte> block = stackalloc byte[Blake2s.HashSizeInBytes];
        try
        {
            Hmac(secret, chainingKey.Bytes, input);
            Hmac(block, secret, [1]);
            block.CopyTo(output1.Bytes);
            if (output2 is null) return;
            Hmac(block, secret, block, [2]);
            block.CopyTo(output2.Bytes);
            if (output3 is null) return;
            Hmac(block, secret, block, [3]);
            block.CopyTo(output3.Bytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
            CryptographicOperations.ZeroMemory(block);
        }
    }
}
