namespace PfsVpn.Cli.Commands;

/// <summary>One command of the program, with the text that explains it.</summary>
internal interface ICliCommand
{
    /// <summary>Its name.</summary>
    string Name { get; }

    /// <summary>What it does, in one line.</summary>
    string Summary { get; }

    /// <summary>Its arguments, as in the usage line; empty for none.</summary>
    string Arguments { get; }

    /// <summary>More about it for its help, in lines; empty for nothing.</summary>
    string Details { get; }

    /// <summary>Runs it. Returns the exit code.</summary>
    /// <exception cref="CliException">It cannot be done; the message says why.</exception>
    int Run(CliContext context, IReadOnlyList<string> arguments);
}
