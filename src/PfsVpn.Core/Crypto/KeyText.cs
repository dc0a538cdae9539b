using System.Security.Cryptography;

namespace PfsVpn.Crypto;

/// <summary>The text forms of a 32-byte key, base64 and hex, read and written without leaking the key through time.</summary>
/// <remarks>
/// References: RFC 4648 §4 and §8; accepts exactly what <c>wg</c> accepts. Sizes: keys 32 bytes, hex 64 and base64 44 bytes of ASCII.
/// No table is indexed and no branch taken by a key's content; only whether the text is a key at all shows in the time.
/// Text and key both live in the caller's memory, so that a secret can stay in locked memory on its whole way.
/// Threading: pure functions.
/// </remarks>
internal static class KeyText
{
    /// <summary>Length of a key in hex.</summary>
    public const int HexLength = 64;

    /// <summary>Length of a key in base64: 43 characters and one '='.</summary>
    public const int Base64Length = 44;

    private const int KeyLength = SecretKey.SizeInBytes;

    /// <summary>
    /// Reads a key from 64 hex digits of either case. The destination may be the beginning of the text itself.
    /// False, with the destination zeroed, where <paramref name="utf8"/> is anything else.
    /// </summary>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is not 32 bytes long.</exception>
    public static bool TryDecodeHex(ReadOnlySpan<byte> utf8, Span<byte> destination)
    {
        CheckKey(destination.Length, nameof(destination));
        var invalid = 1u;
        if (utf8.Length == HexLength)
        {
            invalid = 0;
            for (var i = 0; i < KeyLength; i++)
            {
                var high = HexDigitValue(utf8[2 * i]);
                var low = HexDigitValue(utf8[(2 * i) + 1]);
                destination[i] = (byte)((high << 4) | low);
                invalid |= (uint)(high | low) >> 31;
            }
        }
        return Accept(invalid, destination);
    }

    /// <summary>
    /// Reads a key from 44 characters of base64: the last is '=', and the two spare bits before it are zero, so that a key has one text only.
    /// The destination may be the beginning of the text itself. False, with the destination zeroed, where <paramref name="utf8"/> is anything else.
    /// </summary>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is not 32 bytes long.</exception>
    public static bool TryDecodeBase64(ReadOnlySpan<byte> utf8, Span<byte> destination)
    {
        CheckKey(destination.Length, nameof(destination));
        var invalid = 1u;
        if (utf8.Length == Base64Length && utf8[Base64Length - 1] == (byte)'=')
        {
            int quantum;
            invalid = 0;
            for (var i = 0; i < KeyLength / 3; i++)
            {
                quantum = DecodeQuantum(utf8[4 * i], utf8[(4 * i) + 1], utf8[(4 * i) + 2], utf8[(4 * i) + 3]);
                invalid |= (uint)quantum >> 31;
                destination[3 * i] = (byte)(quantum >> 16);
                destination[(3 * i) + 1] = (byte)(quantum >> 8);
                destination[(3 * i) + 2] = (byte)quantum;
            }
            // The last quantum has two bytes: with 'A' in place of '=', its low byte is the spare bits.
            quantum = DecodeQuantum(utf8[40], utf8[41], utf8[42], (byte)'A');
            invalid |= ((uint)quantum >> 31) | (uint)(quantum & 0xff);
            destination[30] = (byte)(quantum >> 16);
            destination[31] = (byte)(quantum >> 8);
        }
        return Accept(invalid, destination);
    }

    /// <summary>Writes a key as 64 lower-case hex digits.</summary>
    /// <exception cref="ArgumentException"><paramref name="key"/> is not 32 or <paramref name="utf8"/> not 64 bytes long.</exception>
    public static void EncodeHex(ReadOnlySpan<byte> key, Span<byte> utf8)
    {
        CheckKey(key.Length, nameof(key));
        if (utf8.Length != HexLength) throw new ArgumentException("A key in hex has 64 bytes.", nameof(utf8));
        for (var i = 0; i < KeyLength; i++)
        {
            utf8[2 * i] = HexDigit(key[i] >> 4);
            utf8[(2 * i) + 1] = HexDigit(key[i] & 0xf);
        }
    }

    /// <summary>Writes a key as 44 characters of base64, the last one '='.</summary>
    /// <exception cref="ArgumentException"><paramref name="key"/> is not 32 or <paramref name="utf8"/> not 44 bytes long.</exception>
    public static void EncodeBase64(ReadOnlySpan<byte> key, Span<byte> utf8)
    {
        CheckKey(key.Length, nameof(key));
        if (utf8.Length != Base64Length) throw new ArgumentException("A key in base64 has 44 bytes.", nameof(utf8));
        for (var i = 0; i < KeyLength / 3; i++)
            EncodeQuantum((key[3 * i] << 16) | (key[(3 * i) + 1] << 8) | key[(3 * i) + 2], utf8.Slice(4 * i, 4));
        EncodeQuantum((key[30] << 16) | (key[31] << 8), utf8[40..]);
        utf8[Base64Length - 1] = (byte)'=';
    }

    private static void CheckKey(int length, string parameter)
    {
        if (length != KeyLength) throw new ArgumentException("A key has 32 bytes.", parameter);
    }

    private static bool Accept(uint invalid, Span<byte> destination)
    {
        if (invalid == 0) return true;
        CryptographicOperations.ZeroMemory(destination);
        return false;
    }

    /// <summary>All bits set where <paramref name="value"/> is in the range, else zero. All are small non-negative numbers.</summary>
    private static int InRange(int value, int first, int last) => ((first - 1 - value) & (value - last - 1)) >> 31;

    /// <summary>0 to 15, or -1.</summary>
    private static int HexDigitValue(byte digit) =>
        -1 + (InRange(digit, '0', '9') & (digit - '0' + 1))
           + (InRange(digit, 'A', 'F') & (digit - 'A' + 11))
           + (InRange(digit, 'a', 'f') & (digit - 'a' + 11));

    /// <summary>'0' to '9' and 'a' to 'f'.</summary>
    private static byte HexDigit(int value) => (byte)(value + '0' + (InRange(value, 10, 15) & ('a' - '0' - 10)));

    /// <summary>0 to 63, or -1.</summary>
    private static int Base64Value(byte letter) =>
        -1 + (InRange(letter, 'A', 'Z') & (letter - 'A' + 1))
           + (InRange(letter, 'a', 'z') & (letter - 'a' + 27))
           + (InRange(letter, '0', '9') & (letter - '0' + 53))
           + (InRange(letter, '+', '+') & 63)
           + (InRange(letter, '/', '/') & 64);

    private static byte Base64Letter(int value) => (byte)(
        (InRange(value, 0, 25) & (value + 'A')) |
        (InRange(value, 26, 51) & (value - 26 + 'a')) |
        (InRange(value, 52, 61) & (value - 52 + '0')) |
        (InRange(value, 62, 62) & '+') |
        (InRange(value, 63, 63) & '/'));

    /// <summary>24 bits, or a negative number where a letter is none of base64.</summary>
    private static int DecodeQuantum(byte a, byte b, byte c, byte d) =>
        (Base64Value(a) << 18) | (Base64Value(b) << 12) | (Base64Value(c) << 6) | Base64Value(d);

    private static void EncodeQuantum(int bits, Span<byte> utf8)
    {
        utf8[0] = Base64Letter((bits >> 18) & 63);
        utf8[1] = Base64Letter((bits >> 12) & 63);
        utf8[2] = Base64Letter((bits >> 6) & 63);
        utf8[3] = Base64Letter(bits & 63);
    }
}
