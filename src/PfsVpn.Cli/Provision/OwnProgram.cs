namespace PfsVpn.Cli.Provision;

/// <summary>This program, for starting it again.</summary>
internal static class OwnProgram
{
    /// <summary>The path: of the running process, or of the program beside the library where another process has loaded it.</summary>
    public static string Path { get; } = System.IO.Path.GetFileName(Environment.ProcessPath) == "pfsvpn" ? Environment.ProcessPath! : System.IO.Path.Combine(AppContext.BaseDirectory, "pfsvpn");
}
