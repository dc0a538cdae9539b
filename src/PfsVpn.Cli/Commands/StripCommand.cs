using PfsVpn.Cli.Input;
using PfsVpn.Cli.Tunnel;

namespace PfsVpn.Cli.Commands;

/// <summary><c>strip</c>: prints a tunnel's file without the keys of wg-quick.</summary>
internal sealed class StripCommand : ICliCommand
{
    /// <inheritdoc/>
    public string Name => "strip";

    /// <inheritdoc/>
    public string Summary => "Prints a tunnel's file without what only wg-quick knows, for use with `setconf' or `syncconf'";

    /// <inheritdoc/>
    public string Arguments => "<interface>|<configuration filename>";

    /// <inheritdoc/>
    public string Details =>
        """
        Prints what `wg-quick strip' prints; comments stay, and with them the keys behind #!. As in:
          pfsvpn syncconf wg0 <(pfsvpn strip wg0)
        """;

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        if (arguments.Count != 1) throw new UsageException();
        var path = TunnelRun.Locate(context, arguments[0]);
        // Read as a whole first: a file that cannot be used is not printed.
        TunnelFileReader.Read(context, path).Dispose();
        using var output = context.OpenOutput();
        TunnelStripper.Print(path, output);
        output.Flush();
        return 0;
    }
}
