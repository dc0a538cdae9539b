using PfsVpn.Cli.Windows;

namespace PfsVpn.Cli.Output;

/// <summary>Begins a tunnel's file: a plain one, or one that Windows keeps for the system itself.</summary>
internal static class SecretTarget
{
    /// <summary>Begins it. The caller disposes the result.</summary>
    /// <exception cref="CliException">The folder cannot be written.</exception>
    public static ISecretTarget Create(string path) => ProtectedFile.Is(path) ? new ProtectedFile(path) : PrivateFile.Create(path);
}
