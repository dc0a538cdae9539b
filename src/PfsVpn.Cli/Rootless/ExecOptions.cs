using System.Net;
using PfsVpn.Cli.Commands;
using PfsVpn.Cli.Input;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Rootless;

/// <summary>The words behind <c>pfsvpn exec</c>.</summary>
/// <param name="File">The tunnel's file.</param>
/// <param name="Interface">The interface's name in the program's namespace, by which <c>show</c> knows it too.</param>
/// <param name="Servers">Name servers in place of the file's; null: the file's.</param>
/// <param name="Program">The program and its arguments.</param>
internal sealed record ExecOptions(string File, string Interface, IReadOnlyList<string>? Servers, IReadOnlyList<string> Program)
{
    /// <summary>Reads them. A word that ends in .conf is a file, here too, unlike for up: a plain user may not look into root's folder. Options stand between the file and the program; the "--" between the two may be left out.</summary>
    /// <exception cref="UsageException">They make no sense.</exception>
    public static ExecOptions Read(IReadOnlyList<string> words)
    {
        if (words.Count == 0) throw new UsageException("Which tunnel? Name a file");
        List<string>? servers = null;
        var index = 1;
        for (; index < words.Count && words[index].StartsWith('-'); index += 2)
        {
            var value = index + 1 < words.Count ? words[index + 1] : throw new UsageException($"`{words[index]}' needs a value");
            switch (words[index])
            {
                case "--dns":
                    servers = [.. value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
                    if (servers.Find(static server => !IPAddress.TryParse(server, out _)) is { } wrong) throw new UsageException($"`{wrong}' is not the address of a name server");
                    break;
                default:
                    throw new UsageException($"Invalid option: `{words[index]}'");
            }
        }
        if (index >= words.Count) throw new UsageException("Which program? Name one behind --");
        var file = TunnelFileReader.PathOf(words[0]);
        var name = TunnelFile.InterfaceOf(file) ?? throw new UsageException($"`{file}': the name of a tunnel's file is that of its interface (1 to 15 letters, digits or _=+.-), followed by .conf");
        return new ExecOptions(file, name, servers, [.. words.Skip(index)]);
    }
}
