using System.Buffers.Binary;
using System.Text;

namespace PfsVpn.Crypto;

/// <summary>A Curve25519 public key: a point's u-coordinate, as a value.</summary>
/// <remarks>References: RFC 7748 §5. Sizes: 32 bytes. Threading: immutable.</remarks>
public readonly struct PublicKey : IEquatable<PublicKey>
{
    /// <summary>Size in bytes.</summary>
    public const int SizeInBytes = 32;

    private readonly ulong _a, _b, _c, _d;

    /// <summary>Takes 32 bytes.</summary>
    /// <exception cref="ArgumentException"><paramref name="bytes"/> is not 32 bytes long.</exception>
    public PublicKey(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != SizeInBytes) throw new ArgumentException("A public key has 32 bytes.", nameof(bytes));
        _a = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        _b = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);
        _c = BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]);
        _d = BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]);
    }

    /// <summary>Whether all bytes are zero: not a usable key.</summary>
    public bool IsZero => (_a | _b | _c | _d) == 0;

    /// <summary>Writes the 32 bytes.</summary>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination, _a);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], _b);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], _c);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[24..], _d);
    }

    /// <summary>The whole key in base64, 44 characters, as <c>wg</c> prints it.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[SizeInBytes];
        CopyTo(bytes);
        return Convert.ToBase64String(bytes);
    }

    /// <summary>The first and last four characters, for logs: <c>abcd…wxyz</c>.</summary>
    public string ToShortString()
    {
        var text = ToString();
        return string.Concat(text.AsSpan(0, 4), "…", text.AsSpan(39, 4));
    }

    /// <summary>Decodes 44 characters of base64; accepts what <see cref="KeyText.TryDecodeBase64"/> accepts.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out PublicKey key)
    {
        Span<byte> utf8 = stackalloc byte[KeyText.Base64Length];
        Span<byte> bytes = stackalloc byte[SizeInBytes];
        key = default;
        if (text.Length != KeyText.Base64Length || !Ascii.IsValid(text)) return false;
        for (var i = 0; i < utf8.Length; i++) utf8[i] = (byte)text[i];
        if (!KeyText.TryDecodeBase64(utf8, bytes)) return false;
        key = new PublicKey(bytes);
        return true;
    }

    /// <inheritdoc/>
    public bool Equals(PublicKey other) => _a == other._a && _b == other._b && _c == other._c && _d == other._d;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is PublicKey other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_a, _b, _c, _d);

    /// <summary>Whether both are the same key.</summary>
    public static bool operator ==(PublicKey left, PublicKey right) => left.Equals(right);

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(PublicKey left, PublicKey right) => !left.Equals(right);
}
