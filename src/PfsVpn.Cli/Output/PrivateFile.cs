using Microsoft.Win32.SafeHandles;
using PfsVpn.Cli.Windows.Native;

namespace PfsVpn.Cli.Output;

/// <summary>A file for its owner alone (0600; on Windows for the system and administrators) that is there whole or not at all: written beside its place, then moved there.</summary>
/// <remarks>
/// References: rename(2), link(2), fsync(2). What is written goes straight from the caller's memory to the kernel.
/// Ownership: whoever made it disposes it, which removes what was not committed. Threading: one thread.
/// </remarks>
internal sealed class PrivateFile : ISecretTarget
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _path;
    private readonly string _temporary;
    private readonly FileStream _stream;
    private readonly SafeFileHandle _handle;
    private long _length;
    private bool _committed;

    private PrivateFile(string path, string temporary, FileStream stream)
    {
        (_path, _temporary, _stream) = (path, temporary, stream);
        _handle = stream.SafeFileHandle;
    }

    /// <summary>Begins a file. Nothing is at <paramref name="path"/> before <see cref="Commit"/>; a link there is followed.</summary>
    /// <exception cref="CliException">The folder cannot be written.</exception>
    public static PrivateFile Create(string path) => Try(path, () =>
    {
        var target = File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path : path;
        var folder = Path.GetDirectoryName(Path.GetFullPath(target))!;
        var temporary = Path.Combine(folder, $".{Path.GetFileName(target)}.{Path.GetRandomFileName()}");
        var stream = OperatingSystem.IsWindows() ? FileAccessList.CreatePrivateFile(temporary) : new FileStream(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.Read, BufferSize = 0, UnixCreateMode = Mode });
        return new PrivateFile(target, temporary, stream);
    });

    /// <summary>Makes a folder for its owner alone (0700) where there is none.</summary>
    public static void CreateFolder(string path) => Try(path, () =>
    {
        if (OperatingSystem.IsWindows()) FileAccessList.CreatePrivateFolder(path);
        else Directory.CreateDirectory(path, Mode | UnixFileMode.UserExecute);
        return 0;
    });

    /// <summary>Removes a file; says nothing where there is none.</summary>
    public static void Delete(string path) => Try(path, () =>
    {
        File.Delete(path);
        return 0;
    });

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            RandomAccess.Write(_handle, bytes, _length);
            _length += bytes.Length;
        }
        catch (IOException failure)
        {
            throw new CliException($"{_path}: {failure.Message}");
        }
    }

    /// <summary>Moves it to its place, on the disk for good.</summary>
    /// <param name="replace">Whether it may take the place of another file.</param>
    /// <exception cref="CliException">It cannot, or there is a file that it must not replace.</exception>
    public void Commit(bool replace)
    {
        if (!replace && File.Exists(_path)) throw new CliException($"{_path}: there is such a file; it is left as it is");
        Try(_path, () =>
        {
            RandomAccess.FlushToDisk(_handle);
            _stream.Dispose();
            File.Move(_temporary, _path, replace);
            _committed = true;
            return 0;
        });
    }

    /// <summary>Takes back what was not committed.</summary>
    public void Dispose()
    {
        _stream.Dispose();
        if (!_committed) File.Delete(_temporary);
    }

    private static T Try<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (UnauthorizedAccessException)
        {
            throw new CliException($"{path}: Permission denied; run this as root, or choose another place");
        }
        catch (IOException failure)
        {
            throw new CliException($"{path}: {failure.Message}");
        }
    }
}
