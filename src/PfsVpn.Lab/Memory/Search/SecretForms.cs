using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace PfsVpn.Lab.Memory.Search;

/// <summary>The forms in which a secret may lie in memory.</summary>
/// <remarks>
/// References: RFC 4648 §4 (base64), RFC 8439 §2.5 (r), RFC 7748 §4.1 (the field).
/// Halves are 16 bytes: 128 bits are not found by chance. Three words of 32 bits within 1 KB: for one key of eight words in 100 MB of random memory the chance
/// is about 25 million places x 8/2^32 x (256 x 7/2^32) x (256 x 6/2^32), 1 in 10^14; limbs of 26 bits in 10^9, and only where memory were full of random numbers
/// below 2^26. So no hit is put down to chance.
/// </remarks>
internal static class SecretForms
{
    private const int Half = 16;

    /// <summary>The strings of bytes to look for.</summary>
    public static IEnumerable<ByteNeedle> Needles(Secret secret)
    {
        if (secret.Kind == SecretKind.PacketKey) yield return new ByteNeedle(secret, SecretForm.Raw, "r", Padded(Clamped(secret)));
        for (var at = 0; at + Half <= secret.Bytes.Length; at += Half)
        {
            var half = secret.Bytes.AsSpan(at, Half).ToArray();
            var name = secret.Bytes.Length == Half ? "whole" : at == 0 ? "first half" : "second half";
            yield return new ByteNeedle(secret, SecretForm.Raw, name, half);
            foreach (var (detail, text) in Texts(half))
            {
                var form = detail.StartsWith("base64", StringComparison.Ordinal) ? SecretForm.Base64 : SecretForm.Hex;
                yield return new ByteNeedle(secret, form, $"{name}, {detail}", Encoding.ASCII.GetBytes(text));
                yield return new ByteNeedle(secret, form, $"{name}, {detail}, UTF-16", Encoding.Unicode.GetBytes(text));
            }
        }
    }

    /// <summary>The groups of words to look for.</summary>
    public static IEnumerable<WordGroup> Groups(Secret secret) => secret.Kind switch
    {
        SecretKind.Plaintext or SecretKind.Cookie => [],
        SecretKind.PacketKey => PolyGroups(secret),
        SecretKind.DiffieHellman or SecretKind.StaticStatic => [Words(secret), .. CurveGroups(secret)],
        _ => [Words(secret)],
    };

    private static IEnumerable<(string Detail, string Text)> Texts(byte[] half)
    {
        yield return ("hex", Convert.ToHexStringLower(half));
        yield return ("HEX", Convert.ToHexString(half));
        for (var before = 0; before < 3; before++)
        {
            // The digits that only these bytes decide, when others stand before and behind them.
            var text = Convert.ToBase64String([.. new byte[before], .. half]);
            var first = ((before * 8) + 5) / 6;
            var end = (before + half.Length) * 8 / 6;
            yield return ($"base64 at {before}", text[first..end]);
        }
    }

    private static WordGroup Words(Secret secret) => new(secret, SecretForm.Words, "32-bit words",
        Enumerable.Range(0, secret.Bytes.Length / 4).Select(word => (ulong)BinaryPrimitives.ReadUInt32LittleEndian(secret.Bytes.AsSpan(4 * word))), width: 4, required: 3);

    private static IEnumerable<WordGroup> PolyGroups(Secret secret)
    {
        var prime = (BigInteger.One << 130) - 5;
        var r = Clamped(secret);
        foreach (var (name, value) in new[] { ("r", r), ("r²", r * r % prime) })
        {
            yield return new WordGroup(secret, SecretForm.PolyLimbs, $"{name} in radix 2^26", Limbs(value, 5, static _ => 26), width: 4, required: 3);
            yield return new WordGroup(secret, SecretForm.PolyLimbs, $"{name} in radix 2^44", Limbs(value, 3, static _ => 44), width: 8, required: 2);
        }
    }

    private static BigInteger Clamped(Secret packetKey)
    {
        var r = packetKey.Bytes.AsSpan(0, Half).ToArray();
        for (var at = 3; at < Half; at += 4) r[at] &= 0x0F;
        for (var at = 4; at < Half; at += 4) r[at] &= 0xFC;
        return Unsigned(r);
    }

    private static IEnumerable<WordGroup> CurveGroups(Secret secret)
    {
        var element = Unsigned(secret.Bytes);
        yield return new WordGroup(secret, SecretForm.CurveLimbs, "radix 2^51", Limbs(element, 5, static _ => 51), width: 8, required: 2);
        yield return new WordGroup(secret, SecretForm.CurveLimbs, "radix 2^25.5", Limbs(element, 10, static limb => 26 - (limb % 2)), width: 4, required: 3);
    }

    private static IEnumerable<ulong> Limbs(BigInteger value, int count, Func<int, int> bits)
    {
        for (var limb = 0; limb < count; limb++)
        {
            yield return (ulong)(value & ((BigInteger.One << bits(limb)) - 1));
            value >>= bits(limb);
        }
    }

    private static byte[] Padded(BigInteger value)
    {
        var bytes = new byte[Half];
        value.TryWriteBytes(bytes, out _, isUnsigned: true);
        return bytes;
    }

    private static BigInteger Unsigned(ReadOnlySpan<byte> littleEndian) => new(littleEndian, isUnsigned: true);
}
