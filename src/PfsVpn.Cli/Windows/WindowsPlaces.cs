using System.Runtime.Versioning;
using PfsVpn.Cli.Windows.Native;

namespace PfsVpn.Cli.Windows;

/// <summary>Where the program keeps what it keeps, on Windows: below ProgramData, for the system and administrators alone.</summary>
/// <remarks>References: Microsoft's page KNOWNFOLDERID (FOLDERID_ProgramData).</remarks>
internal static class WindowsPlaces
{
    /// <summary>The folder of all of it.</summary>
    public static string Root { get; } = RootIn(Environment.GetFolderPath(Environment.SpecialFolder.CommonApplicationData));

    /// <summary>Files of tunnels that are given by name.</summary>
    public static string Configurations => Root + @"\Configurations";

    /// <summary>What is remembered of tunnels that are up.</summary>
    public static string State => Root + @"\State";

    /// <summary>Makes a folder of those above, and the one that they are in, for the system and administrators. One that is there is closed to others. Elsewhere there are none.</summary>
    /// <exception cref="CliException">It cannot be made, or others have had a hand in it.</exception>
    public static void Make(string folder)
    {
        if (!OperatingSystem.IsWindows()) return;
        foreach (var path in (ReadOnlySpan<string>)[Root, folder])
        {
            try
            {
                FileAccessList.CreatePrivateFolder(path);
                // In ProgramData everybody may make folders, also one of this name before we do; and files in one that an administrator has made by hand.
                RequireOwner(path);
                if (FileAccessList.IsPrivate(path)) continue;
                foreach (var entry in Directory.EnumerateFileSystemEntries(path)) RequireOwner(entry);
                FileAccessList.MakePrivate(path);
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or InvalidOperationException)
            {
                throw new CliException($"{path} cannot be made: {refused.Message}");
            }
        }
    }

    [SupportedOSPlatform("windows")]
    private static void RequireOwner(string path)
    {
        if (!FileAccessList.IsOfAdministrators(path)) throw new CliException($"{path} was made by somebody who is no administrator: look at what is in it, remove it, and run this again");
    }

    /// <summary>The folder of all of it in ProgramData.</summary>
    internal static string RootIn(string programData) => programData + @"\PfsVpn";
}
