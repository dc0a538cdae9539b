using PfsVpn.Cli.Commands;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Provision;

/// <summary>Names of interfaces and clients, as a person gives them.</summary>
internal static class TunnelName
{
    private const int LongestClient = 60;
    private const string Suffix = ".conf";

    /// <summary>The name of the interface that a file is for.</summary>
    public static string NameOf(string path) =>
        TunnelFile.InterfaceOf(path) ?? (Path.GetFileName(path) is var name && name.EndsWith(Suffix, StringComparison.Ordinal) ? name[..^Suffix.Length] : name);

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
