using PfsVpn.Cli.Windows;

namespace PfsVpn.Cli.Input;

/// <summary>Opens a tunnel's file for reading: a plain one, or one that Windows keeps for the system itself.</summary>
internal static class SecretSource
{
    /// <summary>Opens it. The caller disposes the result.</summary>
    /// <exception cref="CliException">It cannot be read.</exception>
    public static ISecretSource Open(string path)
    {
        if (ProtectedFile.Is(path)) return ProtectedFile.Open(path);
        var descriptor = NativeFile.OpenForReading(path);
        return descriptor >= 0 ? new DescriptorSource(descriptor, owns: true) : throw Unreadable(path, -descriptor);
    }

    /// <summary>The complaint about a file that cannot be read.</summary>
    public static CliException Unreadable(string path, int errno) => new($"{path}: {NativeFile.Describe(errno)}");
}
