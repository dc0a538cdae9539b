using PfsVpn.Cli.Input;
using PfsVpn.Cli.Output;
using PfsVpn.Cli.Service;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Windows.Service;

/// <summary>Makes NAME.conf in the folder of configurations into NAME.conf.dpapi, which only the account of the service can read: done by the service itself, whose account that is.</summary>
/// <remarks>The plain file is written over before it is removed. Older copies that the disk or a backup has stay what they are.</remarks>
internal static class ConfigurationSeal
{
    /// <summary>Seals the file of a tunnel that is given by its name. One elsewhere stays as it is, and one that cannot be sealed, too.</summary>
    public static void Apply(CliContext context, string nameOrPath)
    {
        if (TunnelFileReader.IsFile(nameOrPath)) return;
        var path = TunnelFileReader.PathOf(nameOrPath);
        if (!File.Exists(path) || ProtectedFile.Is(path)) return;
        try
        {
            Seal(path, path + TunnelFile.ProtectedSuffix);
            context.Error.WriteLine($"{path} is {Path.GetFileName(path)}{TunnelFile.ProtectedSuffix} now, which only the system can read");
        }
        catch (CliException refused)
        {
            context.Error.WriteLine($"Warning: {path} stays as it is: {refused.Message}");
        }
    }

    /// <summary>Seals one file as another, sees that it can be opened again, and removes the first.</summary>
    /// <exception cref="CliException">It cannot; the first is as it was.</exception>
    internal static void Seal(string plain, string target)
    {
        // What it refers to may be somebody's only copy.
        if (new FileInfo(plain).LinkTarget is not null) throw new CliException("it is a link, and only a file is sealed");
        using (var file = new ProtectedFile(target))
        {
            SecretFile.CopyTo(plain, file);
            file.Commit(replace: true);
        }
        if (!SecretFile.AreEqual(plain, target)) throw new CliException($"{target} cannot be opened again as it was sealed");
        Overwrite(plain);
        PrivateFile.Delete(plain);
    }

    private static void Overwrite(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.None, bufferSize: 0);
            var nothing = new byte[file.Length];
            file.Write(nothing);
            file.Flush(flushToDisk: true);
        }
        catch (Exception busy) when (busy is IOException or UnauthorizedAccessException)
        {
            // It is removed all the same.
        }
    }
}
