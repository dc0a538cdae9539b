using PfsVpn.Cli.Windows;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Input;

/// <summary>Finds and reads a tunnel's file.</summary>
internal static class TunnelFileReader
{
    private const string Suffix = ".conf";

    /// <summary>Where files are that are given by the name of their interface.</summary>
    public static string DefaultDirectory { get; } = OperatingSystem.IsWindows() ? WindowsPlaces.Configurations : LinuxDirectory;

    /// <summary>The same on Linux, as texts for people have it.</summary>
    public const string LinuxDirectory = "/etc/wireguard";

    /// <summary>The path for what the user gave: what holds a slash or ends in .conf is a file, all else the name of an interface.</summary>
    /// <param name="nameOrPath">What the user gave.</param>
    /// <param name="directory">Where files are that are given by name.</param>
    public static string PathOf(string nameOrPath, string? directory = null)
    {
        if (IsFile(nameOrPath)) return nameOrPath;
        var path = Path.Join(directory ?? DefaultDirectory, nameOrPath + Suffix);
        return ProtectedFile.Exists && !File.Exists(path) && File.Exists(path + TunnelFile.ProtectedSuffix) ? path + TunnelFile.ProtectedSuffix : path;
    }

    /// <summary>Whether a word is a path. Spec deviation: to wg-quick <c>wg0.conf</c> is a name, and means wg0.conf.conf.</summary>
    public static bool IsFile(string word) => Path.GetFileName(word) != word || word.EndsWith(Suffix, StringComparison.Ordinal) || word.EndsWith(Suffix + TunnelFile.ProtectedSuffix, StringComparison.Ordinal);

    /// <summary>Reads a file as a whole. Endpoints given by name are not looked up yet. The caller disposes the result.</summary>
    /// <param name="context">The run; secrets go to its arena, warnings to its error output.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="CliException">The file cannot be read or used; the message names file, line and key.</exception>
    public static TunnelFile Read(CliContext context, string path)
    {
        if (TunnelFile.InterfaceOf(path) is null)
            throw new CliException($"{path}: the name of a tunnel's file is the name of its interface (1 to 15 letters, digits or _=+.-), followed by .conf");
        try
        {
            using var content = SecretSource.Open(path);
            using var lines = new LockedLineReader(content, errno => SecretSource.Unreadable(path, errno));
            using var parser = new TunnelFileParser(context.Arena, path, context.Resolver.ServicePort);
            while (lines.TryRead(out var line, out _)) parser.ReadLine(line);
            var file = parser.Finish();
            foreach (var warning in file.WgConfig.Warnings) context.Error.WriteLine($"Warning: {warning}");
            return file;
        }
        catch (WgConfigException wrong)
        {
            throw new CliException(wrong.Message);
        }
    }
}
