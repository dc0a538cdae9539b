using PfsVpn.Cli.Input;
using PfsVpn.Cli.Output;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Tunnel;

/// <summary>Prints a file without the keys of wg-quick, for <c>setconf</c> and <c>syncconf</c>: byte for byte what <c>wg-quick strip</c> prints.</summary>
/// <remarks>References: wg-quick(8), strip. Comments stay, and so the keys behind #! do. Blanks around a line go, and an empty line comes behind the last.</remarks>
internal static class TunnelStripper
{
    /// <summary>Prints it. Nothing of it is kept outside of locked memory.</summary>
    public static void Print(string path, LockedWriter output)
    {
        using var content = SecretSource.Open(path);
        using var lines = new LockedLineReader(content, errno => SecretSource.Unreadable(path, errno));
        var inInterface = false;
        while (lines.TryRead(out var line, out _))
        {
            if (TunnelLine.QuickKeyOf(line, ref inInterface, out _) is not null) continue;
            // The shell's read takes blanks and tabs off, and nothing else.
            output.WriteBytes(line.Trim(" \t"u8)).Write("\n");
        }
        output.Write("\n");
    }
}
