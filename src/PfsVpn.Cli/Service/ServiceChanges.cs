using PfsVpn.Cli.Output;

namespace PfsVpn.Cli.Service;

/// <summary>Changes of files and links, each with what takes it back. Disposed before <see cref="Keep"/>, all are taken back, the last first.</summary>
/// <remarks>Threading: one thread.</remarks>
internal sealed class ServiceChanges(Action<string> say) : IDisposable
{
    private const UnixFileMode UnitMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly Stack<Action> _undo = new();

    /// <summary>Whether anything was changed.</summary>
    public bool Any => _undo.Count != 0;

    /// <summary>Writes a file that everyone may read, whole or not at all. Says so.</summary>
    public void WriteFile(string path, string text)
    {
        Do($"wrote {path}", () =>
        {
            var before = File.Exists(path) ? File.ReadAllText(path) : null;
            MakeFolder(Path.GetDirectoryName(path)!);
            Put(path, text);
            return () =>
            {
                if (before is null) File.Delete(path);
                else Put(path, before);
            };
        });
    }

    /// <summary>Removes a file. Says so.</summary>
    public void RemoveFile(string path) => Do($"removed {path}", () =>
    {
        var before = File.ReadAllText(path);
        File.Delete(path);
        return () => Put(path, before);
    });

    /// <summary>Makes a symbolic link where there is none. Says so.</summary>
    public void Link(string path, string target)
    {
        if (ServiceTree.IsThere(path)) return;
        Do($"linked {path} to {target}", () =>
        {
            MakeFolder(Path.GetDirectoryName(path)!);
            File.CreateSymbolicLink(path, target);
            return () => File.Delete(path);
        });
    }

    /// <summary>Removes a link, and its folder where it was the last. Says so.</summary>
    public void Unlink(string path) => Do($"removed {path}", () =>
    {
        var (target, folder) = (new FileInfo(path).LinkTarget, Path.GetDirectoryName(path)!);
        File.Delete(path);
        if (!Directory.EnumerateFileSystemEntries(folder).Any()) Directory.Delete(folder);
        return () =>
        {
            Directory.CreateDirectory(folder);
            if (target is not null) File.CreateSymbolicLink(path, target);
        };
    });

    /// <summary>Notes how something that was done is taken back.</summary>
    public void Done(Action undo) => _undo.Push(undo);

    /// <summary>Makes a folder, and those above it, that everyone may read.</summary>
    public void MakeFolder(string path)
    {
        if (Directory.Exists(path)) return;
        MakeFolder(Path.GetDirectoryName(path)!);
        Directory.CreateDirectory(path);
        _undo.Push(() => Directory.Delete(path));
    }

    /// <summary>Makes all of it last.</summary>
    public void Keep() => _undo.Clear();

    /// <summary>Takes back what is not kept. What cannot be is said, and the rest is taken back all the same.</summary>
    public void Dispose()
    {
        if (_undo.Count != 0) say("taking everything back");
        while (_undo.TryPop(out var undo))
        {
            try
            {
                undo();
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CliException)
            {
                say($"not taken back: {failure.Message}");
            }
        }
    }

    private void Do(string what, Func<Action> change)
    {
        try
        {
            _undo.Push(change());
            say(what);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CliException(failure is UnauthorizedAccessException ? failure.Message + " Run this as root." : failure.Message);
        }
    }

    private static void Put(string path, string text)
    {
        using var file = PrivateFile.Create(path);
        file.Write(System.Text.Encoding.UTF8.GetBytes(text));
        file.Commit(replace: true);
        var errno = NativeFile.SetMode(path, (uint)UnitMode);
        if (errno != 0) throw new IOException($"{path}: {NativeFile.Describe(errno)}");
    }
}
