namespace PfsVpn.Cli.Tunnel;

/// <summary>Runs other programs: the seam between what a tunnel needs of the system and the system.</summary>
internal interface ICommandRunner
{
    /// <summary>Runs a program to its end. Never throws for what the program does: a program that cannot be started has the exit code 127.</summary>
    CommandResult Run(CommandRequest request);

    /// <summary>Where a program is: the first of that name in PATH that may be executed, or null.</summary>
    string? Find(string program);
}
