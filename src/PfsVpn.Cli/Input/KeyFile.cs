using PfsVpn.Crypto;

namespace PfsVpn.Cli.Input;

/// <summary>Reads a file that holds one key, in locked memory.</summary>
internal static class KeyFile
{
    private const int BlockBytes = 4096;

    /// <summary>Reads the key of a file, /dev/stdin included; an empty file is the key of zeros, which removes one. The caller owns the slot.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What it is for, in messages: private-key.</param>
    /// <param name="arena">Where the key goes.</param>
    /// <exception cref="CliException">It cannot be read, or is not a key.</exception>
    public static SecretKey Read(string path, string what, SecretArena arena)
    {
        var descriptor = NativeFile.OpenForReading(path);
        if (descriptor < 0) throw new CliException($"{what}: {path}: {NativeFile.Describe(-descriptor)}");
        try
        {
            return Read(descriptor, $"{what}: {path}", isKeyFile: true, arena);
        }
        finally
        {
            NativeFile.Close(descriptor);
        }
    }

    /// <summary>Reads a key in base64, white space behind it allowed, to the end of a descriptor. The caller owns the slot.</summary>
    /// <param name="descriptor">What to read.</param>
    /// <param name="place">What it is, in messages.</param>
    /// <param name="isKeyFile">Whether nothing at all means no key; where not, zero bytes may follow the key, as <c>wg pubkey</c> allows.</param>
    /// <param name="arena">Where the key goes.</param>
    public static SecretKey Read(int descriptor, string place, bool isKeyFile, SecretArena arena)
    {
        using var block = new LockedBlock(BlockBytes);
        var length = 0;
        while (true)
        {
            var count = NativeFile.Read(descriptor, block.Span[length..]);
            if (count < 0) throw new CliException($"{place}: {NativeFile.Describe(-count)}");
            if (count == 0) break;
            length += count;
            if (length <= KeyText.Base64Length) continue;
            foreach (var letter in block.Span[KeyText.Base64Length..length])
                if (!IsSpace(letter) && (isKeyFile || letter != 0)) throw NotAKey(place, "something follows behind it");
            // White space is of no further interest.
            length = KeyText.Base64Length;
        }
        if (length == 0 && isKeyFile) return arena.Allocate();
        if (length < KeyText.Base64Length) throw NotAKey(place, length == 0 ? "there is nothing" : $"this has {length}");
        var key = arena.Allocate();
        if (KeyText.TryDecodeBase64(block.Span[..KeyText.Base64Length], key.Bytes)) return key;
        key.Dispose();
        throw NotAKey(place, null);
    }

    private static CliException NotAKey(string place, string? detail) =>
        new($"{place}: not a key of 32 bytes in base64 ({KeyText.Base64Length} characters){(detail is null ? "" : "; " + detail)}");

    private static bool IsSpace(byte letter) => letter is (byte)' ' or (>= 9 and <= 13);
}
