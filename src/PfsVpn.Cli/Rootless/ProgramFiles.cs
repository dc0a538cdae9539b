namespace PfsVpn.Cli.Rootless;

/// <summary>Where other programs are.</summary>
internal static class ProgramFiles
{
    /// <summary>Folders that are looked into behind those of PATH: a plain user's has often not those of root.</summary>
    private static readonly string[] MoreFolders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

    /// <summary>The file of a program, or null.</summary>
    public static string? Find(CliContext context, string program) =>
        (context.Environment("PATH") ?? "").Split(':').Concat(MoreFolders).Where(static folder => folder.StartsWith('/'))
            .Select(folder => Path.Join(folder, program)).FirstOrDefault(File.Exists);

    /// <summary>The file of a program that cannot be done without.</summary>
    /// <exception cref="CliException">It is missing; the message says what to install.</exception>
    public static string Require(CliContext context, string program, string package) =>
        Find(context, program) ?? throw new CliException($"the program `{program}' is missing; install {package} (apt install {package})", ExecCommand.OwnFailure);

    /// <summary>The daemon: beside this program, or in PATH.</summary>
    /// <exception cref="CliException">It is missing.</exception>
    public static string Daemon(CliContext context) =>
        OwnProgram.DaemonBeside(context) ?? Find(context, OwnProgram.Daemon) ?? throw new CliException("pfsvpnd is neither beside pfsvpn nor in PATH", ExecCommand.OwnFailure);
}
