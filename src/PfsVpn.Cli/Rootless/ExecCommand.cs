using PfsVpn.Cli.Commands;

namespace PfsVpn.Cli.Rootless;

/// <summary><c>exec</c>: runs a program whose only way out is the tunnel, without root and without touching the host's routes.</summary>
internal sealed class ExecCommand : ICliCommand
{
    /// <summary>Exit code where it is exec that fails and not the program: as env, nice and timeout have it.</summary>
    public const int OwnFailure = 125;

    /// <inheritdoc/>
    public string Name => "exec";

    /// <inheritdoc/>
    public string Summary => "Runs a program whose only way out is a tunnel, without root";

    /// <inheritdoc/>
    public string Arguments => "<file|name> [--dns <address>,...] [--] <program> [<argument>...]";

    /// <inheritdoc/>
    public string Details =>
        """
        The file is one for wg-quick; a name stands for /etc/wireguard/NAME.conf. The program runs in user, network and mount
        namespaces of its own, as the user it was started by: there are the tunnel and a loopback, and nothing else. Names are
        looked up by the file's DNS, or the servers that --dns gives, through the tunnel. The daemon's UDP socket stays on the
        host, whose routes, addresses and name servers are left alone. When the daemon ends, nothing gets out any more.
        The exit code is the program's, or 128 and the number of the signal that ended it; 125 where exec itself failed, 126
        where the program cannot be executed, 127 where there is none of that name.

        `pfsvpn show' and `pfsvpn secrecy' of the same user see the tunnel, by the interface's name.

        Environment:
          PFSVPN_CONTROL   the folder for the control socket, where other commands look for it too; else XDG_RUNTIME_DIR/pfsvpn,
                           or /tmp/pfsvpn-UID; for root /var/run/wireguard
          LOG_LEVEL        verbose, info, error (where it is not set) or silent: what the daemon says on standard error
        """;

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        var options = ExecOptions.Read(arguments);
        try
        {
            return new ExecSession(context, options).Run();
        }
        catch (CliException failure) when (failure.ExitCode != OwnFailure)
        {
            throw new CliException(failure.Message, OwnFailure);
        }
    }
}
