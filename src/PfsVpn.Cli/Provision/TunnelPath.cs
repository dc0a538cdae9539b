using PfsVpn.Cli.Commands;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Provision;

/// <summary>Which file a person means: a path as it is, a name as wg-quick does.</summary>
internal static class TunnelPath
{
    /// <summary>Where tunnels are kept.</summary>
    public const string DefaultDirectory = "/etc/wireguard";

    private const int LongestClient = 60;
    private const string Suffix = ".conf";

    /// <summary>The path of NAME or FILE: what holds a slash or ends in .conf is a file, all else a name in <paramref name="directory"/>.</summary>
    public static string Of(string word, string directory) => IsFile(word) ? word : Path.Combine(directory, word + Suffix);

    /// <summary>The name of the interface that a file is for.</summary>
    public static string NameOf(string path) => Path.GetFileName(path) is var name && name.EndsWith(Suffix, StringComparison.Ordinal) ? name[..^Suffix.Length] : name;

    /// <summary>Whether a word is a path.</summary>
    public static bool IsFile(string word) => word.Contains('/', StringComparison.Ordinal) || word.EndsWith(Suffix, StringComparison.Ordinal);

    /// <summary>Refuses what cannot be the name of an interface, in wg-quick's terms.</summary>
    /// <exception cref="UsageException">It cannot.</exception>
    public static string CheckedInterface(string name) => TunnelFile.IsInterfaceName(name)
        ? name
        : throw new UsageException($"`{name}' is no name for an interface: 1 to 15 letters, digits, or any of _=+.-");

    /// <summary>Refuses what cannot be the name of a client, which is also that of its file.</summary>
    /// <exception cref="UsageException">It cannot.</exception>
    public static string CheckedClient(string name) => IsClient(name)
        ? name
        : throw new UsageException($"`{name}' is no name for a client: up to {LongestClient} letters, digits, or any of _.- and a letter or digit first");

    /// <summary>Whether this can be the name of a client.</summary>
    public static bool IsClient(string name) =>
        name.Length is > 0 and <= LongestClient && char.IsAsciiLetterOrDigit(name[0]) && name.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '.' or '-');
}
