namespace PfsVpn.Cli.Tunnel;

/// <summary>
/// Replaces the resolver's file while a tunnel is up, where nobody administers it, and puts the former one back. That is kept in the tunnel's folder under /run, and once more in the new file
/// behind a mark: so it is not lost where the machine fails in between, either.
/// </summary>
/// <remarks>
/// References: resolv.conf(5). A symbolic link comes back as a link. Tunnels may come and go in any order: each keeps what it found, and hands it on where another has replaced its own.
/// </remarks>
internal sealed class ResolverFile(CliContext context, string interfaceName, Action<string> say)
{
    private const string Head = "# Written by pfsvpn for the tunnel ";
    private const string FormerLine = "#was:", FormerLink = "#was a link to:", FormerNothing = "#was not there", FormerMode = "#was of mode ";
    private const string Backup = "resolv.conf";
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Of a mode, without the type.</summary>
    private const int Permissions = 0xFFF;

    private readonly TunnelState _state = new(context, interfaceName);

    private string FilePath => context.ResolverFile;

    /// <summary>Keeps the file that is there, and writes another one.</summary>
    /// <param name="records">The lines of the new one, each with a line feed.</param>
    public void Replace(string records)
    {
        // A run that crashed may have written the one that is there: then the former one is kept already.
        if (OwnerOf(FilePath) == interfaceName) Restore();
        var former = Describe();
        _state.Write(Backup, path => File.WriteAllText(path, former));
        var text = $"""
            {Head}{interfaceName}.
            # `pfsvpn down {interfaceName}' puts back what was here before; until then it is in {_state.PathOf(Backup)},
            # and below.
            {records}{former}
            """;
        Put(path =>
        {
            File.WriteAllText(path, text);
            SetMode(path, Readable);
        });
    }

    /// <summary>Puts the former file back. One that somebody else has written since stays.</summary>
    public void Restore()
    {
        var former = _state.Read(Backup);
        if (OwnerOf(FilePath) == interfaceName) PutFormer(former ?? File.ReadAllText(FilePath));
        else if (former is not null && !HandOn(former)) say($"{FilePath} has been changed by somebody else since, and stays as it is.");
        _state.Remove(Backup);
    }

    /// <summary>The tunnel for which a file was written, or null.</summary>
    private static string? OwnerOf(string path)
    {
        var first = File.Exists(path) ? File.ReadLines(path).FirstOrDefault() : null;
        return first is not null && first.StartsWith(Head, StringComparison.Ordinal) ? first[Head.Length..].TrimEnd('.') : null;
    }

    /// <summary>The file that is there as marked lines.</summary>
    private string Describe()
    {
        var entry = new FileInfo(FilePath);
        if (entry.LinkTarget is { } target) return $"{FormerLink}{target}\n";
        if (!entry.Exists) return FormerNothing + "\n";
        var mode = Convert.ToString(NativeFile.ModeOf(FilePath) & Permissions, toBase: 8);
        return $"{FormerMode}{mode}\n" + string.Concat(File.ReadAllText(FilePath).Split('\n').Select(static line => $"{FormerLine}{line}\n"));
    }

    /// <summary>Gives what was found to the tunnel that found our file. Returns whether there is one.</summary>
    private bool HandOn(string former)
    {
        foreach (var folder in Directory.Exists(context.RuntimeDirectory) ? Directory.EnumerateDirectories(context.RuntimeDirectory) : [])
        {
            var other = Path.GetFileName(folder);
            var state = new TunnelState(context, other);
            if (other == interfaceName || state.Read(Backup)?.Contains($"\n{FormerLine}{Head}{interfaceName}.\n", StringComparison.Ordinal) != true) continue;
            state.Write(Backup, path => File.WriteAllText(path, former));
            return true;
        }
        return false;
    }

    private void PutFormer(string marked)
    {
        var lines = marked.Split('\n');
        if (lines.Contains(FormerNothing, StringComparer.Ordinal))
        {
            File.Delete(FilePath);
            return;
        }
        if (Behind(FormerLink, lines) is { } target)
        {
            Put(path => File.CreateSymbolicLink(path, target));
            return;
        }
        var text = string.Join('\n', lines.Where(static line => line.StartsWith(FormerLine, StringComparison.Ordinal)).Select(static line => line[FormerLine.Length..]));
        var mode = Behind(FormerMode, lines) is { } octal ? (UnixFileMode)Convert.ToInt32(octal, fromBase: 8) : Readable;
        Put(path =>
        {
            File.WriteAllText(path, text);
            SetMode(path, mode);
        });
    }

    private static void SetMode(string path, UnixFileMode mode)
    {
        var errno = NativeFile.SetMode(path, (uint)mode);
        if (errno != 0) throw new IOException($"{path}: {NativeFile.Describe(errno)}");
    }

    private static string? Behind(string mark, string[] lines) => Array.Find(lines, line => line.StartsWith(mark, StringComparison.Ordinal))?[mark.Length..];

    /// <summary>Puts a file into the place of another in one step. Where the place is a mount point, as in containers, only its content can change.</summary>
    private void Put(Action<string> write)
    {
        var unfinished = $"{FilePath}.pfsvpn-{interfaceName}";
        File.Delete(unfinished);
        write(unfinished);
        try
        {
            File.Move(unfinished, FilePath, overwrite: true);
        }
        catch (IOException)
        {
            File.WriteAllBytes(FilePath, File.ReadAllBytes(unfinished));
        }
        finally
        {
            File.Delete(unfinished);
        }
    }
}
