using System.Buffers.Text;
using System.Text;
using PfsVpn.Crypto;

namespace PfsVpn.Cli.Output;

/// <summary>Collects text in locked memory, keys among it, and hands it to a sink block by block, erasing what has been handed over.</summary>
/// <remarks>Sizes: one block of 16 KiB. Ownership: whoever made it flushes and disposes it; disposing drops what was not flushed.</remarks>
internal sealed class LockedWriter(IByteSink sink) : IDisposable
{
    private const int BlockBytes = 16 * 1024;
    private const int LongestNumber = 20;

    private readonly LockedBlock _block = new(BlockBytes);
    private int _length;

    /// <summary>Writes public text.</summary>
    public LockedWriter Write(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            // Cut so that what is encoded surely fits.
            var piece = text[..Math.Min(text.Length, BlockBytes / 4)];
            var room = Room(Encoding.UTF8.GetMaxByteCount(piece.Length));
            _length += Encoding.UTF8.GetBytes(piece, room);
            text = text[piece.Length..];
        }
        return this;
    }

    /// <summary>Writes bytes from locked memory as they are.</summary>
    public LockedWriter WriteBytes(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var piece = bytes[..Math.Min(bytes.Length, BlockBytes)];
            piece.CopyTo(Room(piece.Length));
            _length += piece.Length;
            bytes = bytes[piece.Length..];
        }
        return this;
    }

    /// <summary>Writes a number in decimal.</summary>
    public LockedWriter Write(ulong number)
    {
        Utf8Formatter.TryFormat(number, Room(LongestNumber), out var written);
        _length += written;
        return this;
    }

    /// <summary>Writes a secret in base64.</summary>
    public LockedWriter WriteBase64(SecretKey key)
    {
        KeyText.EncodeBase64(key.Bytes, Room(KeyText.Base64Length)[..KeyText.Base64Length]);
        _length += KeyText.Base64Length;
        return this;
    }

    /// <summary>Writes a secret in hex.</summary>
    public LockedWriter WriteHex(SecretKey key)
    {
        KeyText.EncodeHex(key.Bytes, Room(KeyText.HexLength)[..KeyText.HexLength]);
        _length += KeyText.HexLength;
        return this;
    }

    /// <summary>Writes a public key in hex.</summary>
    public LockedWriter WriteHex(in PublicKey key)
    {
        Span<byte> bytes = stackalloc byte[PublicKey.SizeInBytes];
        key.CopyTo(bytes);
        KeyText.EncodeHex(bytes, Room(KeyText.HexLength)[..KeyText.HexLength]);
        _length += KeyText.HexLength;
        return this;
    }

    /// <summary>Hands over what has been collected.</summary>
    public void Flush()
    {
        if (_length == 0) return;
        sink.Write(_block.Span[.._length]);
        _block.Erase();
        _length = 0;
    }

    /// <summary>Erases what was not flushed.</summary>
    public void Dispose() => _block.Dispose();

    private Span<byte> Room(int length)
    {
        if (_length + length > BlockBytes) Flush();
        return _block.Span[_length..];
    }
}
