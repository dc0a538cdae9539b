namespace PfsVpn.Cli.Service;

/// <summary>Where systemd's files are, in this system or in a tree that is to become one.</summary>
/// <param name="root">The tree; empty for this system.</param>
/// <param name="isManaged">Whether systemd runs it; null to look.</param>
internal sealed class ServiceTree(string root, bool? isManaged = null)
{
    /// <summary>What exists where systemd runs: sd_booted(3).</summary>
    private const string ManagerDirectory = "/run/systemd/system";

    private const string Units = "/etc/systemd/system";

    /// <summary>Where packages put units, the first that counts first.</summary>
    private static readonly string[] Packaged = ["/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];

    /// <summary>The tree, without a slash at its end.</summary>
    public string Root { get; } = root.TrimEnd('/');

    /// <summary>Whether this is the running system, and systemd runs it.</summary>
    public bool IsManaged => isManaged ?? (Root.Length == 0 && Directory.Exists(ManagerDirectory));

    /// <summary>Where the tunnels' files are.</summary>
    public string Tunnels => Root + "/etc/wireguard";

    /// <summary>Where units of the administrator are.</summary>
    public string UnitDirectory => Root + Units;

    /// <summary>The path of a unit of the administrator.</summary>
    public string UnitPath(string unit) => $"{UnitDirectory}/{unit}";

    /// <summary>The unit of a package, as a path inside the tree; null where no package has it.</summary>
    public string? PackagedUnit(string unit) => Packaged.Select(folder => $"{folder}/{unit}").FirstOrDefault(path => File.Exists(Root + path));

    /// <summary>What a link to a unit says: a path inside the tree.</summary>
    public string LinkTarget(string unit) => File.Exists(UnitPath(unit)) ? $"{Units}/{unit}" : PackagedUnit(unit) ?? $"{Units}/{unit}";

    /// <summary>The link that enables <paramref name="unit"/> with <paramref name="wantedBy"/>.</summary>
    public string LinkPath(string unit, string wantedBy) => $"{UnitDirectory}/{wantedBy}.wants/{unit}";

    /// <summary>Every link that enables a unit, whatever wants it.</summary>
    public IReadOnlyList<string> LinksOf(string unit) =>
        Directory.Exists(UnitDirectory)
            ? [.. Directory.GetDirectories(UnitDirectory, "*.wants").Concat(Directory.GetDirectories(UnitDirectory, "*.requires")).Select(folder => $"{folder}/{unit}").Where(IsThere).Order(StringComparer.Ordinal)]
            : [];

    /// <summary>The interfaces whose unit of a template is enabled, in order.</summary>
    /// <param name="template">The template's name up to and with its <c>@</c>.</param>
    public IReadOnlyList<string> EnabledInstances(string template)
    {
        if (!Directory.Exists(UnitDirectory)) return [];
        const string Suffix = ".service";
        return [.. Directory.GetDirectories(UnitDirectory, "*.wants")
            .SelectMany(folder => Directory.GetFileSystemEntries(folder, template + "*" + Suffix))
            .Select(path => Path.GetFileName(path)[template.Length..^Suffix.Length])
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    /// <summary>Whether there is anything at a path, a link to nothing included.</summary>
    public static bool IsThere(string path) => File.Exists(path) || new FileInfo(path).LinkTarget is not null;
}
