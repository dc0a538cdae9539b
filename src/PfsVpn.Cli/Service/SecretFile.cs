using PfsVpn.Cli.Output;
using PfsVpn.Crypto;

namespace PfsVpn.Cli.Service;

/// <summary>Files with keys in them, copied and compared in locked memory.</summary>
internal static class SecretFile
{
    private const int BlockBytes = 8 * 1024;

    /// <summary>Copies a file to a place where there is none, for the owner alone.</summary>
    /// <exception cref="CliException">It cannot be read or written.</exception>
    public static void Copy(string source, string destination)
    {
        using var file = PrivateFile.Create(destination);
        using var block = new LockedBlock(BlockBytes);
        var descriptor = Open(source);
        try
        {
            while (Fill(source, descriptor, block.Span) is > 0 and var count) file.Write(block.Span[..count]);
        }
        finally
        {
            NativeFile.Close(descriptor);
        }
        file.Commit(replace: false);
    }

    /// <summary>Whether two files have the same content.</summary>
    /// <exception cref="CliException">One cannot be read.</exception>
    public static bool AreEqual(string one, string other)
    {
        using var left = new LockedBlock(BlockBytes);
        using var right = new LockedBlock(BlockBytes);
        var (first, second) = (Open(one), -1);
        try
        {
            second = Open(other);
            while (true)
            {
                var (count, same) = (Fill(one, first, left.Span), Fill(other, second, right.Span));
                if (count != same || !left.Span[..count].SequenceEqual(right.Span[..same])) return false;
                if (count == 0) return true;
            }
        }
        finally
        {
            NativeFile.Close(first);
            if (second >= 0) NativeFile.Close(second);
        }
    }

    private static int Open(string path)
    {
        var descriptor = NativeFile.OpenForReading(path);
        return descriptor >= 0 ? descriptor : throw new CliException($"{path}: {NativeFile.Describe(-descriptor)}");
    }

    /// <summary>Reads until the block is full or the file ends.</summary>
    private static int Fill(string path, int descriptor, Span<byte> block)
    {
        var length = 0;
        while (length < block.Length)
        {
            var count = NativeFile.Read(descriptor, block[length..]);
            if (count < 0) throw new CliException($"{path}: {NativeFile.Describe(-count)}");
            if (count == 0) break;
            length += count;
        }
        return length;
    }
}
