using PfsVpn.Cli.Input;
using PfsVpn.Cli.Output;
using PfsVpn.Cli.Windows.Native;
using PfsVpn.Configuration;
using PfsVpn.Crypto;

namespace PfsVpn.Cli.Windows;

/// <summary>
/// A tunnel's file whose content Windows has sealed for the account that the service runs as (LocalSystem) and for this one name: NAME.conf.dpapi, in the form of WireGuard for Windows. Begun, it collects in locked memory what
/// is written, and seals that when it is committed.
/// </summary>
/// <remarks>References: Microsoft's page CryptProtectData. Sizes: up to 1 MiB. Ownership: whoever made it disposes it, which erases what it collected. Threading: one thread.</remarks>
internal sealed class ProtectedFile(string path) : ISecretTarget
{
    private const int MostBytes = 1024 * 1024, FirstBytes = 16 * 1024;

    private LockedBlock _block = new(FirstBytes);
    private int _length;

    /// <summary>Whether there are such files on this system.</summary>
    public static bool Exists => OperatingSystem.IsWindows();

    /// <summary>Whether this is the path of one.</summary>
    public static bool Is(string path) => Exists && path.EndsWith(TunnelFile.ProtectedSuffix, StringComparison.Ordinal);

    /// <summary>Opens one. The caller disposes the result.</summary>
    /// <exception cref="CliException">It cannot be read, is not for this name or not for this account, or was changed.</exception>
    public static ISecretSource Open(string path)
    {
        var seal = ReadAll(path);
        var name = NameOf(path);
        var content = DataProtection.TryOpen(seal, name, out var why) ?? (SystemAccount.TryRun(() => DataProtection.TryOpen(seal, name, out why)));
        return content ?? throw new CliException($"{path} cannot be opened: {why}. Only the service, or an administrator, can open it, on the machine and under the name that it was made for");
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (_length + bytes.Length > MostBytes) throw new CliException($"{path}: more than {MostBytes / 1024} KiB");
        if (_length + bytes.Length > _block.Length)
        {
            var larger = new LockedBlock(Math.Max(_block.Length * 2, _length + bytes.Length));
            _block.Span[.._length].CopyTo(larger.Span);
            _block.Dispose();
            _block = larger;
        }
        bytes.CopyTo(_block.Span[_length..]);
        _length += bytes.Length;
    }

    /// <inheritdoc/>
    public void Commit(bool replace)
    {
        var name = NameOf(path);
        var sealedContent = SystemAccount.IsCurrent ? Seal(name) : SystemAccount.TryRun(() => Seal(name)) ?? throw new CliException($"{path}: only the system itself can write this file, and this process may not act for it; run this as administrator");
        using var file = PrivateFile.Create(path);
        file.Write(sealedContent);
        file.Commit(replace);
    }

    /// <summary>Erases what was collected.</summary>
    public void Dispose() => _block.Dispose();

    /// <summary>The name that the content is bound to: the file's, without what it ends with.</summary>
    internal static string NameOf(string path)
    {
        const string Suffix = ".conf" + TunnelFile.ProtectedSuffix;
        var name = Path.GetFileName(path);
        return name.EndsWith(Suffix, StringComparison.Ordinal) ? name[..^Suffix.Length] : name;
    }

    private byte[] Seal(string name) => DataProtection.Seal(_block.Span[.._length], name);

    private static byte[] ReadAll(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"{path}: {unreadable.Message}");
        }
    }
}
