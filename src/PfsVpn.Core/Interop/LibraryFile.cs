using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace PfsVpn.Interop;

/// <summary>The file of a library that is looked at before it is loaded.</summary>
/// <remarks>Threading: safe from any thread. Errors: <see cref="DllNotFoundException"/> that says what is wrong and what to do.</remarks>
internal static class LibraryFile
{
    private const int PieceBytes = 64 * 1024;

    /// <summary>Opens it so that nobody can write, move or delete it while it is open (on Windows).</summary>
    /// <param name="path">The file.</param>
    /// <param name="remedy">What to do where it is missing.</param>
    /// <exception cref="DllNotFoundException">It is not there or cannot be read.</exception>
    public static SafeFileHandle Open(string path, string remedy = "Install PfsVpn again, or put it there.")
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DllNotFoundException(
                $"{Path.GetFileName(path)} is missing: it belongs into the program's folder, {Path.GetDirectoryName(path)}, and is taken from nowhere else. {remedy}", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DllNotFoundException($"{path} cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>Requires that the content has a SHA-256, in hexadecimal of either case.</summary>
    /// <exception cref="DllNotFoundException">It has another.</exception>
    public static void RequireHash(SafeFileHandle file, string path, string sha256)
    {
        var actual = HashOf(file);
        if (actual.Equals(sha256.Trim(), StringComparison.OrdinalIgnoreCase)) return;
        throw new DllNotFoundException(
            $"{path} is not loaded: it is not the file that these programs were built for (its SHA-256 is {actual}, not {sha256.Trim().ToUpperInvariant()}). Somebody has exchanged or damaged it: install PfsVpn again.");
    }

    private static string HashOf(SafeFileHandle file)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var piece = new byte[PieceBytes];
        for (long offset = 0; ;)
        {
            var count = RandomAccess.Read(file, piece, offset);
            if (count == 0) return Convert.ToHexString(hash.GetHashAndReset());
            hash.AppendData(piece.AsSpan(0, count));
            offset += count;
        }
    }
}
