namespace PfsVpn.SystemTests.Daemon;

/// <summary>A systemd unit that the repository ships: the daemon's, where nothing is said.</summary>
internal sealed class UnitFile
{
    private readonly string[] _lines;

    public UnitFile() => _lines = File.ReadAllLines(Path);

    /// <summary>Another of the units.</summary>
    public UnitFile(string name) => _lines = File.ReadAllLines(System.IO.Path.Combine(RepositoryFolder(), "configs", name));

    /// <summary>Where it lies.</summary>
    public static string Path { get; } = System.IO.Path.Combine(RepositoryFolder(), "configs", "pfsvpnd@.service");

    /// <summary>The values of a setting, each line its own.</summary>
    public IEnumerable<string> Values(string key) =>
        _lines.Where(line => line.StartsWith(key + "=", StringComparison.Ordinal)).Select(line => line[(key.Length + 1)..]);

    /// <summary>The only value of a setting.</summary>
    public string Value(string key) => Values(key).Single();

    /// <summary>The folders under /run and /etc that may be written to: those of ReadWritePaths and of RuntimeDirectory.</summary>
    public IReadOnlyList<string> WritablePaths() =>
    [
        .. Values("ReadWritePaths").SelectMany(static value => value.Split(' ')).Where(static path => path is not "/var"),
        .. Values("RuntimeDirectory").SelectMany(static value => value.Split(' ')).Select(static name => "/run/" + name),
    ];

    /// <summary>The system calls that its filter allows: systemd expands the groups.</summary>
    public HashSet<string> AllowedSystemCalls()
    {
        // systemd.exec(5): what a program needs to be executed and to end is allowed in any case.
        HashSet<string> allowed = [.. Expand("@default"), "execve"];
        foreach (var value in Values("SystemCallFilter"))
        {
            var names = value.TrimStart('~').Split(' ', StringSplitOptions.RemoveEmptyEntries).SelectMany(Expand);
            if (value.StartsWith('~')) allowed.ExceptWith(names);
            else allowed.UnionWith(names);
        }
        return allowed;
    }

    /// <summary>Where the repository is.</summary>
    public static string RepositoryFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "PfsVpn.sln"))) return folder.FullName;
        }
        throw new DirectoryNotFoundException("The tests do not lie within the repository.");
    }

    private static IEnumerable<string> Expand(string name)
    {
        if (!name.StartsWith('@')) return [name];
        var lines = Command.Require("systemd-analyze", "--no-pager", "syscall-filter", name).Split('\n');
        return lines.Skip(1).Select(static line => line.Trim()).Where(static line => line.Length > 0 && line[0] != '#').SelectMany(Expand);
    }
}
