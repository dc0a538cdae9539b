using PfsVpn.Crypto;

namespace PfsVpn.Cli.Commands;

/// <summary>What <c>genkey</c> and <c>genpsk</c> share.</summary>
internal static class GeneratedKey
{
    /// <summary>Fills a slot, prints it in base64 and erases it, with a warning first where the output is open to everyone.</summary>
    public static void Print(CliContext context, Action<SecretKey> fill)
    {
        if (context.OutputIsExposed)
            context.Error.WriteLine("Warning: writing to world accessible file.\nConsider setting the umask to 077 and trying again.");
        using var key = context.Arena.Allocate();
        fill(key);
        using var output = context.OpenOutput();
        output.WriteBase64(key).Write("\n").Flush();
    }
}
