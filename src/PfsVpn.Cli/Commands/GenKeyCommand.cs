using PfsVpn.Crypto;

namespace PfsVpn.Cli.Commands;

/// <summary><c>genkey</c>: a new private key.</summary>
internal sealed class GenKeyCommand : ICliCommand
{
    /// <inheritdoc/>
    public string Name => "genkey";

    /// <inheritdoc/>
    public string Summary => "Generates a new private key and writes it to stdout";

    /// <inheritdoc/>
    public string Arguments => "";

    /// <inheritdoc/>
    public string Details => "Example:\n  umask 077; pfsvpn genkey | tee privatekey | pfsvpn pubkey > publickey";

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        if (arguments.Count != 0) throw new UsageException();
        GeneratedKey.Print(context, static key => X25519.GeneratePrivateKey(key, SystemRandom.Instance));
        return 0;
    }
}
