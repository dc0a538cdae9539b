using System.Text.RegularExpressions;

namespace PfsVpn.Tests.Architecture;

/// <summary>The rule of docs/architecture.md, as data and as a search over the sources. Returns what is wrong, a line each.</summary>
internal static partial class DependencyRule
{
    private const string Core = "PfsVpn.Core";

    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;
    private const int NoLimit = -1; // the sources are our own

    private static readonly Dictionary<string, int> Tiers = new(StringComparer.Ordinal)
    {
        ["Interop"] = 0,
        ["Crypto"] = 1, ["Packets"] = 1,
        ["Noise"] = 2, ["Transport"] = 2, ["Routing"] = 2, ["Timers"] = 2,
        ["Device"] = 3, ["Tun"] = 3, ["Udp"] = 3,
        ["Runtime"] = 4, ["Configuration"] = 4,
        ["Hosting"] = 5,
    };

    // Folders within a folder whose namespace says so.
    private static readonly string[] Inner = ["Interop/Windows"];

    private static readonly HashSet<string> SansIo = new(StringComparer.Ordinal) { "Noise", "Transport", "Routing", "Timers", "Device" };

    // Plain data that Device applies and describes, though it stands in Configuration.
    private static readonly HashSet<string> DataOfConfiguration = new(StringComparer.Ordinal)
    {
        "DeviceChange", "PeerChange", "AllowedIpChange", "DeviceState", "PeerState",
    };

    private static readonly (Regex Pattern, string Instead)[] Forbidden =
    [
        (Socket(), "sockets belong to Udp and Tun, behind their seams"),
        (Threads(), "threads and tasks belong to Runtime; the core is called and returns"),
        (Clocks(), "time is a parameter: take a MonotonicTime `now`"),
        (Randomness(), "randomness is a parameter: take an IRandomSource"),
        (InteropUse(), "system calls belong to Crypto, Tun, Udp and Runtime"),
        (Files(), "files, processes and the console belong to Runtime and the programs"),
    ];

    /// <summary>Files of Core whose folder is not known, or whose namespace does not follow their folder.</summary>
    public static IEnumerable<string> MisplacedFiles(IEnumerable<SourceFile> files)
    {
        foreach (var file in files.Where(file => string.Equals(file.Project, Core, StringComparison.Ordinal)))
        {
            if (!Tiers.ContainsKey(file.Folder))
                yield return $"{file.Path}: the folder is in no tier. Put it into docs/architecture.md and into DependencyRule, or the file elsewhere.";
            else if (!string.Equals(file.Namespace, NamespaceOf(file), StringComparison.Ordinal) && (file.Namespace.Length > 0 || file.TopLevelTypes.Any()))
                yield return $"{file.Path}: declares namespace '{file.Namespace}', its folder says {NamespaceOf(file)}.";
        }
    }

    /// <summary>Uses of a higher tier: by using directive, by qualified name, and of Configuration's parsers in Device.</summary>
    public static IEnumerable<string> UpwardDependencies(IReadOnlyList<SourceFile> files)
    {
        var core = files.Where(file => string.Equals(file.Project, Core, StringComparison.Ordinal) && Tiers.ContainsKey(file.Folder)).ToList();
        var types = core.ToLookup(file => file.Folder, file => file.TopLevelTypes, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.SelectMany(names => names).ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal);
        foreach (var file in core)
        {
            for (var i = 0; i < file.Lines.Length; i++)
            {
                foreach (var (folder, name) in References(file.Lines[i], types))
                {
                    if (!IsAllowed(file.Folder, folder, name))
                        yield return $"{file.Path}:{i + 1}: {file.Folder} may not use {folder}, which stands above it. Dependencies point down only: see docs/architecture.md.";
                }
                foreach (var name in ForbiddenConfiguration(file, file.Lines[i], types))
                    yield return $"{file.Path}:{i + 1}: Device may use the data types of Configuration only ({string.Join(", ", DataOfConfiguration.Order(StringComparer.Ordinal))}), not {name}.";
            }
        }
    }

    /// <summary>Uses of I/O, threads, clocks or random sources in the folders that must have none.</summary>
    public static IEnumerable<string> InputAndOutput(IEnumerable<SourceFile> files) =>
        from file in files
        where string.Equals(file.Project, Core, StringComparison.Ordinal) && SansIo.Contains(file.Folder)
        from rule in Forbidden
        from place in file.Find(rule.Pattern)
        select $"{place}\n    {file.Folder} is sans-IO: {rule.Instead}.";

    private static string NamespaceOf(SourceFile file)
    {
        var inner = Inner.FirstOrDefault(folder => file.Path.StartsWith($"src/{Core}/{folder}/", StringComparison.Ordinal)) ?? file.Folder;
        return "PfsVpn." + inner.Replace('/', '.');
    }

    private static IEnumerable<(string Folder, string Name)> References(string line, Dictionary<string, HashSet<string>> types)
    {
        foreach (Match match in Qualified().Matches(line))
        {
            var (folder, name) = (match.Groups["folder"].Value, match.Groups["name"].Value);
            var absolute = match.Groups["root"].Success;
            // Without the root it is a namespace only where a type of that folder follows: a property may be called Device too.
            if (Tiers.ContainsKey(folder) && (absolute || (types.TryGetValue(folder, out var names) && names.Contains(name)))) yield return (folder, name);
        }
    }

    private static bool IsAllowed(string from, string to, string name) => Tiers[to] <= Tiers[from]
        || (string.Equals(from, "Device", StringComparison.Ordinal) && string.Equals(to, "Configuration", StringComparison.Ordinal)
            && (name.Length == 0 || DataOfConfiguration.Contains(name)));

    /// <summary>Device imports Configuration for its data types; every other type of it is named here.</summary>
    private static IEnumerable<string> ForbiddenConfiguration(SourceFile file, string line, Dictionary<string, HashSet<string>> types)
    {
        if (!string.Equals(file.Folder, "Device", StringComparison.Ordinal) || !types.TryGetValue("Configuration", out var names)) yield break;
        foreach (Match match in Identifier().Matches(line))
        {
            if (names.Contains(match.Value) && !DataOfConfiguration.Contains(match.Value)) yield return match.Value;
        }
    }

    [GeneratedRegex(@"(?<![\w.])(?:global::)?(?<root>PfsVpn\.)?(?<folder>[A-Z]\w*)(?:\.(?<name>[A-Z]\w*))?", Options, NoLimit)]
    private static partial Regex Qualified();

    [GeneratedRegex(@"(?<!\.)\b[A-Z]\w*", Options, NoLimit)]
    private static partial Regex Identifier();

    [GeneratedRegex(@"\bSystem\.Net\.Sockets\b|\bSocket\b|\bUdpClient\b", Options, NoLimit)]
    private static partial Regex Socket();

    [GeneratedRegex(@"\bSystem\.Threading\.(Tasks|Channels)\b|\b(Value)?Task\b|\basync\b|\bawait\b|(?<![\w.])(System\.Threading\.)?(Thread|ThreadPool|Timer|PeriodicTimer|CancellationToken(Source)?|ManualResetEvent(Slim)?|AutoResetEvent|SemaphoreSlim|Semaphore)\b|\bMonitor\.(Wait|Pulse)", Options, NoLimit)]
    private static partial Regex Threads();

    [GeneratedRegex(@"\bStopwatch\b|\bDateTime(Offset)?\b|\bTickCount(64)?\b|\bTimeProvider\b|\bLibc\.clock_", Options, NoLimit)]
    private static partial Regex Clocks();

    [GeneratedRegex(@"\bRandomNumberGenerator\b|\bSystemRandom\b|\bnew\s+Random\b|\bRandom\.Shared\b|\bGuid\.NewGuid\b", Options, NoLimit)]
    private static partial Regex Randomness();

    [GeneratedRegex(@"\bPfsVpn\.Interop\b|\bInterop\.\w|\bLibc\b|\bSodium\b|\bLibraryImport\b|\bDllImport\b", Options, NoLimit)]
    private static partial Regex InteropUse();

    [GeneratedRegex(@"\bSystem\.IO\b|(?<![\w.])(File|FileStream|Directory|Console|Process|Environment)\.", Options, NoLimit)]
    private static partial Regex Files();
}
