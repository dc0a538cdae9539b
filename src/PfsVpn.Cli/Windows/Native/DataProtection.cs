using PfsVpn.Cli.Input;
using PfsVpn.Crypto;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Cli.Windows.Native;

/// <summary>Seals secrets with the key of the account that this thread runs as, and opens them again.</summary>
/// <remarks>
/// References: Microsoft's pages CryptProtectData and CryptUnprotectData; github.com/WireGuard/wireguard-windows, conf/dpapi, whose form this is: the name is the description, and what is sealed under one name is not taken for another.
/// Safety: what is opened comes in memory of Windows' heap, is copied to locked memory and zeroed there at once.
/// </remarks>
internal static unsafe class DataProtection
{
    /// <summary>Seals bytes under a name.</summary>
    /// <exception cref="CliException">Windows refuses.</exception>
    public static byte[] Seal(ReadOnlySpan<byte> secret, string name)
    {
        Crypt32.DATA_BLOB output;
        fixed (byte* start = secret)
        fixed (char* description = name)
        {
            var input = new Crypt32.DATA_BLOB { cbData = (uint)secret.Length, pbData = start };
            if (Crypt32.CryptProtectData(&input, description, null, null, null, Crypt32.CRYPTPROTECT_UI_FORBIDDEN, &output) == 0)
                throw new CliException($"{name}: Windows cannot protect the file: {WindowsFile.LastWords}");
        }
        try
        {
            return new ReadOnlySpan<byte>(output.pbData, (int)output.cbData).ToArray();
        }
        finally
        {
            _ = Kernel32.LocalFree((nint)output.pbData);
        }
    }

    /// <summary>Opens what was sealed under a name; null, and why, where that cannot be. The caller disposes the result.</summary>
    public static LockedSource? TryOpen(ReadOnlySpan<byte> seal, string name, out string why)
    {
        Crypt32.DATA_BLOB output;
        char* description = null;
        fixed (byte* start = seal)
        {
            var input = new Crypt32.DATA_BLOB { cbData = (uint)seal.Length, pbData = start };
            if (Crypt32.CryptUnprotectData(&input, &description, null, null, null, Crypt32.CRYPTPROTECT_UI_FORBIDDEN, &output) == 0)
            {
                why = WindowsFile.LastWords;
                return null;
            }
        }
        try
        {
            var found = description is null ? "" : new string(description);
            why = $"it was made for {(found.Length == 0 ? "no name" : found)}, not for {name}";
            if (found != name) return null;
            var block = new LockedBlock((int)Math.Max(output.cbData, 1));
            new ReadOnlySpan<byte>(output.pbData, (int)output.cbData).CopyTo(block.Span);
            return new LockedSource(block, (int)output.cbData);
        }
        finally
        {
            SecretMemory.Zero(output.pbData, output.cbData);
            _ = Kernel32.LocalFree((nint)output.pbData);
            _ = Kernel32.LocalFree((nint)description);
        }
    }
}
