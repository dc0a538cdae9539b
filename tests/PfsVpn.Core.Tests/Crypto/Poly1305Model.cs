using System.Numerics;

namespace PfsVpn.Tests.Crypto;

/// <summary>Poly1305 as RFC 8439 §2.5 tells it, with numbers of any size.</summary>
internal static class Poly1305Model
{
    private static readonly BigInteger Prime = BigInteger.Pow(2, 130) - 5;

    /// <summary>The tag of a message under a one-time key of 32 bytes.</summary>
    public static byte[] Tag(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message)
    {
        var clamped = key[..16].ToArray();
        foreach (var i in (int[])[3, 7, 11, 15]) clamped[i] &= 15;
        foreach (var i in (int[])[4, 8, 12]) clamped[i] &= 252;
        var r = new BigInteger(clamped, isUnsigned: true);
        var sum = BigInteger.Zero;
        for (var at = 0; at < message.Length; at += 16)
        {
            var block = message[at..Math.Min(at + 16, message.Length)];
            sum = (sum + new BigInteger([.. block, 1], isUnsigned: true)) * r % Prime;
        }
        sum = (sum + new BigInteger(key[16..], isUnsigned: true)) % BigInteger.Pow(2, 128);
        var tag = new byte[16];
        Assert.True(sum.TryWriteBytes(tag, out _, isUnsigned: true));
        return tag;
    }

    /// <summary>The tag of a ciphertext without additional data, RFC 8439 §2.8: filled with zeros, then the lengths.</summary>
    public static byte[] AeadTag(ReadOnlySpan<byte> key, ReadOnlySpan<byte> ciphertext)
    {
        var message = new byte[((ciphertext.Length + 15) / 16 * 16) + 16];
        ciphertext.CopyTo(message);
        BitConverter.TryWriteBytes(message.AsSpan(message.Length - 8), (ulong)ciphertext.Length);
        return Tag(key, message);
    }
}
