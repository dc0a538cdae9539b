using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Windows;

/// <summary>The programs for Windows, as they are published, and what runs them here.</summary>
internal static class WindowsPrograms
{
    private const string Variable = "PFSVPN_WINDOWS_PROGRAMS";
    private static readonly string[] Files = ["pfsvpn.exe", "pfsvpnd.exe", "libsodium.dll", "wintun.dll", "shipped/pfsvpnd.exe", "network/iphlpapi.dll"];

    /// <summary>The folder that <c>PFSVPN_WINDOWS_PROGRAMS</c> names: both programs for win-x64, libsodium.dll, and the wintun.dll of the tests.</summary>
    public static string Folder { get; } = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder ? Path.GetFullPath(folder) : "";

    /// <summary>Why nothing of Windows can run here, or null.</summary>
    public static string? Missing { get; } = Look();

    /// <summary>The script of tests/windows that makes a machine.</summary>
    public static string MachineScript { get; } = Path.Combine(Path.GetDirectoryName(Programs.PeerScripts)!, "windows", "wine.sh");

    /// <summary>Copies some of the files to a new folder, for a test that changes them.</summary>
    public static string CopyTo(string folder, params ReadOnlySpan<string> files)
    {
        Directory.CreateDirectory(folder);
        foreach (var file in files) File.Copy(Path.Combine(Folder, file), Path.Combine(folder, file));
        return folder;
    }

    private static string? Look()
    {
        if (!File.Exists("/usr/lib/wine/wine64")) return "Windows programs need wine64 (test.sh installs it)";
        if (Folder.Length == 0) return $"{Variable} does not name the folder of the programs for Windows (test.sh publishes them, with the doubles of tests/windows, which need gcc-mingw-w64)";
        var absent = Files.Where(static file => !File.Exists(Path.Combine(Folder, file))).ToArray();
        return absent.Length == 0 ? null : $"{Folder}, which {Variable} names, has no {string.Join(", ", absent)}";
    }
}
