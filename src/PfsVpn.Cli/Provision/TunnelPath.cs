using PfsVpn.Cli.Commands;

namespace PfsVpn.Cli.Provision;

/// <summary>Which file a person means: a path as it is, a name as wg-quick does.</summary>
internal static class TunnelPath
{
    /// <summary>Where tunnels are kept.</summary>
    public const string DefaultDirectory = "/etc/wireguard";

    private const int LongestName = 15;
    private const string Suffix = ".conf";

    /// <summary>The path of NAME or FILE: what holds a slash or ends in .conf is a file, all else a name in <paramref name="directory"/>.</summary>
    public static string Of(string word, string directory) => IsFile(word) ? word : Path.Combine(directory, word + Suffix);

    /// <summary>The name of the interface that a file is for.</summary>
    public static string NameOf(string path) => Path.GetFileName(path) is var name && name.EndsWith(Suffix, StringComparison.Ordinal) ? name[..^Suffix.Length] : name;

    /// <summary>Whether a word is a path.</summary>
    public static bool IsFile(string word) => word.Contains('/', StringComparison.Ordinal) || word.EndsWith(Suffix, StringComparison.Ordinal);

    /// <summary>Refuses what cannot be the name of an interface, in wg-quick's terms.</summary>
    /// <exception cref="UsageException">It cannot.</exception>
    public static string CheckedInterface(string name) => name.Length is > 0 and <= LongestName && name.All(IsOfInterface) && name is not ("." or "..")
        ? name
        : throw new UsageException($"`{name}' is no name for an interface: 1 to {LongestName} letters, digits, or any of _=+.-");

    /// <summary>Refuses what cannot be the name of a client, which is also that of its file.</summary>
    /// <exception cref="UsageException">It cannot.</exception>
    public static string CheckedClient(string name) => name.Length is > 0 and <= 60 && name.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '.' or '-') && name[0] is not ('.' or '-')
        ? name
        : throw new UsageException($"`{name}' is no name for a client: up to 60 letters, digits, or any of _.- and a letter or digit first");

    private static bool IsOfInterface(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '=' or '+' or '.' or '-';
}
