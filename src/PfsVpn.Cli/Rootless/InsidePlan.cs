using System.Globalization;

namespace PfsVpn.Cli.Rootless;

/// <summary>What is to be set up in the program's namespaces. No secrets: it travels as arguments, which everybody may see.</summary>
internal sealed record InsidePlan
{
    /// <summary>The hidden command that these arguments belong to.</summary>
    public const string Command = "exec-inside";

    private const string Separator = "--";

    /// <summary>The interface's name.</summary>
    public required string Interface { get; init; }

    /// <summary>Its MTU in bytes.</summary>
    public required int Mtu { get; init; }

    /// <summary>The inherited end of the <see cref="InsideLink"/>.</summary>
    public required int Link { get; init; }

    /// <summary>Whether the namespaces belong to a user namespace, whose capabilities the program is not to have.</summary>
    public bool DropsCapabilities { get; init; }

    /// <summary>Addresses, with a prefix length or not.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];

    /// <summary>Prefixes that lead into the tunnel.</summary>
    public IReadOnlyList<string> Routes { get; init; } = [];

    /// <summary>Prefixes that are not to be reached at all.</summary>
    public IReadOnlyList<string> Unreachable { get; init; } = [];

    /// <summary>Name servers; none: what the host has stays.</summary>
    public IReadOnlyList<string> Servers { get; init; } = [];

    /// <summary>Search domains.</summary>
    public IReadOnlyList<string> Search { get; init; } = [];

    /// <summary>The words of the program.</summary>
    public IReadOnlyList<string> Program { get; init; } = [];

    /// <summary>The arguments behind the command's name, without those of the program: <see cref="Program"/> follows the last, as bytes.</summary>
    public List<string> ToArguments() =>
    [
        Interface, Mtu.ToString(CultureInfo.InvariantCulture), Link.ToString(CultureInfo.InvariantCulture), DropsCapabilities ? "drop" : "keep",
        .. Pairs("address", Addresses), .. Pairs("route", Routes), .. Pairs("unreachable", Unreachable), .. Pairs("server", Servers), .. Pairs("search", Search), Separator,
    ];

    /// <summary>Reads them again; null where they are not such arguments.</summary>
    public static InsidePlan? Read(ReadOnlySpan<string> arguments)
    {
        var separator = arguments.IndexOf(Separator);
        if (separator < 4 || separator % 2 != 0 || separator + 1 >= arguments.Length || arguments[3] is not ("drop" or "keep")) return null;
        if (!int.TryParse(arguments[1], NumberStyles.None, CultureInfo.InvariantCulture, out var mtu)
            || !int.TryParse(arguments[2], NumberStyles.None, CultureInfo.InvariantCulture, out var link)) return null;
        var pairs = arguments[4..separator];
        return new InsidePlan
        {
            Interface = arguments[0],
            Mtu = mtu,
            Link = link,
            DropsCapabilities = string.Equals(arguments[3], "drop", StringComparison.Ordinal),
            Addresses = Of("address", pairs),
            Routes = Of("route", pairs),
            Unreachable = Of("unreachable", pairs),
            Servers = Of("server", pairs),
            Search = Of("search", pairs),
            Program = [.. arguments[(separator + 1)..]],
        };
    }

    private static IEnumerable<string> Pairs(string key, IReadOnlyList<string> values) => values.SelectMany(value => new[] { key, value });

    private static List<string> Of(string key, ReadOnlySpan<string> pairs)
    {
        var values = new List<string>();
        for (var index = 0; index < pairs.Length; index += 2)
        {
            if (string.Equals(pairs[index], key, StringComparison.Ordinal)) values.Add(pairs[index + 1]);
        }
        return values;
    }
}
