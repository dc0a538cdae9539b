using PfsVpn.Crypto;

namespace PfsVpn.Cli.Commands;

/// <summary><c>genpsk</c>: a new pre-shared key.</summary>
internal sealed class GenPskCommand : ICliCommand
{
    /// <inheritdoc/>
    public string Name => "genpsk";

    /// <inheritdoc/>
    public string Summary => "Generates a new preshared key and writes it to stdout";

    /// <inheritdoc/>
    public string Arguments => "";

    /// <inheritdoc/>
    public string Details => "Example:\n  umask 077; pfsvpn genpsk > presharedkey";

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        if (arguments.Count != 0) throw new UsageException();
        GeneratedKey.Print(context, static key => key.Randomize(SystemRandom.Instance));
        return 0;
    }
}
