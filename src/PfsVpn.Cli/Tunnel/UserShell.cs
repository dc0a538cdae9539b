using System.Diagnostics;

namespace PfsVpn.Cli.Tunnel;

/// <summary>The shell that reads a command of the user's: sh, and on Windows cmd.exe.</summary>
/// <remarks>References: sh(1p); Microsoft's page cmd. Neither a profile (/D) nor quotes (/S) of the user's change what is run.</remarks>
internal static class UserShell
{
    /// <summary>How a command is started. Its streams are left as they are.</summary>
    public static ProcessStartInfo Describe(string command) => Describe(command, OperatingSystem.IsWindows(), Environment.SystemDirectory);

    /// <summary>The same for either system.</summary>
    /// <param name="command">What the user wrote.</param>
    /// <param name="isWindows">Whether it is for cmd.exe.</param>
    /// <param name="systemDirectory">Windows' own folder, where that is.</param>
    internal static ProcessStartInfo Describe(string command, bool isWindows, string systemDirectory) => isWindows
        ? new ProcessStartInfo(systemDirectory + @"\cmd.exe") { UseShellExecute = false, CreateNoWindow = true, Arguments = $"/D /S /C \"{command}\"" }
        : new ProcessStartInfo("/bin/sh", ["-c", command]) { UseShellExecute = false };
}
