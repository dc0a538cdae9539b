namespace PfsVpn.Cli;

/// <summary>This program, for starting it again, and the daemon that belongs to it.</summary>
internal static class OwnProgram
{
    /// <summary>The daemon's name.</summary>
    public const string Daemon = "pfsvpnd";

    private const string Name = "pfsvpn";

    /// <summary>What the file of a program ends with.</summary>
    private static string Suffix => OperatingSystem.IsWindows() ? ".exe" : "";

    /// <summary>The path: of the running process, or of the program beside the library where another process has loaded it.</summary>
    public static string Path { get; } = IsOwn(Environment.ProcessPath) ? Environment.ProcessPath! : System.IO.Path.Combine(AppContext.BaseDirectory, Name + Suffix);

    /// <summary>The daemon beside this program, or null where there is none: then PATH may have it.</summary>
    public static string? DaemonBeside(CliContext context)
    {
        var beside = System.IO.Path.Combine(context.ProgramDirectory, Daemon + Suffix);
        return File.Exists(beside) ? beside : null;
    }

    private static bool IsOwn(string? path) =>
        string.Equals(System.IO.Path.GetFileName(path), Name + Suffix, OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);
}
