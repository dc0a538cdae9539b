using PfsVpn.Cli.Input;
using PfsVpn.Cli.Output;
using PfsVpn.Crypto;

namespace PfsVpn.Cli.Service;

/// <summary>Files with keys in them, copied and compared in locked memory. One that Windows has sealed is taken as what is in it.</summary>
internal static class SecretFile
{
    private const int BlockBytes = 8 * 1024;

    /// <summary>Copies the content of a file to a place where there is none, for the owner alone.</summary>
    /// <exception cref="CliException">It cannot be read or written.</exception>
    public static void Copy(string source, string destination)
    {
        using var file = PrivateFile.Create(destination);
        CopyTo(source, file);
        file.Commit(replace: false);
    }

    /// <summary>Writes the content of a file.</summary>
    /// <exception cref="CliException">It cannot be read or written.</exception>
    public static void CopyTo(string source, ISecretTarget target)
    {
        using var content = SecretSource.Open(source);
        using var block = new LockedBlock(BlockBytes);
        while (Fill(source, content, block.Span) is > 0 and var count) target.Write(block.Span[..count]);
    }

    /// <summary>Whether two files have the same content.</summary>
    /// <exception cref="CliException">One cannot be read.</exception>
    public static bool AreEqual(string one, string other)
    {
        using var left = new LockedBlock(BlockBytes);
        using var right = new LockedBlock(BlockBytes);
        using var first = SecretSource.Open(one);
        using var second = SecretSource.Open(other);
        while (true)
        {
            var (count, same) = (Fill(one, first, left.Span), Fill(other, second, right.Span));
            if (count != same || !left.Span[..count].SequenceEqual(right.Span[..same])) return false;
            if (count == 0) return true;
        }
    }

    /// <summary>Reads until the block is full or the content ends.</summary>
    private static int Fill(string path, ISecretSource content, Span<byte> block)
    {
        var length = 0;
        while (length < block.Length)
        {
            var count = content.Read(block[length..]);
            if (count < 0) throw SecretSource.Unreadable(path, -count);
            if (count == 0) break;
            length += count;
        }
        return length;
    }
}
