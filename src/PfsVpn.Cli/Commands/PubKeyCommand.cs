using PfsVpn.Cli.Input;
using PfsVpn.Crypto;

namespace PfsVpn.Cli.Commands;

/// <summary><c>pubkey</c>: the public key of a private key.</summary>
internal sealed class PubKeyCommand : ICliCommand
{
    /// <inheritdoc/>
    public string Name => "pubkey";

    /// <inheritdoc/>
    public string Summary => "Reads a private key from stdin and writes a public key to stdout";

    /// <inheritdoc/>
    public string Arguments => "";

    /// <inheritdoc/>
    public string Details => "Example:\n  pfsvpn pubkey < privatekey";

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        if (arguments.Count != 0) throw new UsageException();
        NativeCrypto.Load();
        using var key = KeyFile.Read(context.StandardInput, "pubkey: standard input", isKeyFile: false, context.Arena);
        var publicKey = X25519.ComputePublicKey(key);
        StackScrubber.ScrubHandshake();
        using var output = context.OpenOutput();
        output.Write(publicKey.ToString()).Write("\n").Flush();
        return 0;
    }
}
