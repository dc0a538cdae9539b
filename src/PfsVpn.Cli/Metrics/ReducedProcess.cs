using System.Globalization;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Cli.Metrics;

/// <summary>
/// Runs the program once more without any capability. Capabilities and no_new_privs belong to threads, and the runtime has several before the first line of the program: only
/// what is executed anew has them on none. The user stays the same: the control sockets are root's.
/// </summary>
internal static class ReducedProcess
{
    private const string Mark = "PFSVPN_METRICS_STAGE", MarkValue = "reduced";

    /// <summary>Executes this program again, reduced. Returns where it is so already, or where it cannot be.</summary>
    /// <returns>Null, or why it goes on with what it has.</returns>
    public static string? Enter(Func<string, string?> variable)
    {
        if (OperatingSystem.IsWindows())
        {
            // The privileges of Windows belong to the process, and all its threads lose them at once.
            TokenPrivileges.ReduceTo();
            return null;
        }
        if (variable(Mark) == MarkValue || IsReduced()) return null;
        if (Environment.ProcessPath is not { } program) return "the path of the program is not known; is /proc mounted?";
#pragma warning disable IL3000 // Where everything is in one file there are no such locations, and the program's path is all that there is to read.
        string[] needed = [program, typeof(ReducedProcess).Assembly.Location, typeof(object).Assembly.Location];
#pragma warning restore IL3000
        if (!NativePrivilege.CanReadWithoutCapabilities(needed.Where(static path => path.Length != 0)))
            return "the program lies where root may not read without CAP_DAC_READ_SEARCH; /usr/local/bin is a better place";
        string[] arguments = [.. File.ReadAllText("/proc/self/cmdline").TrimEnd('\0').Split('\0')];
        NativePrivilege.SetVariable(Mark, MarkValue);
        // The runtime's diagnostics port lets others of the same user into the process; only the environment turns it off.
        NativePrivilege.SetVariable("DOTNET_EnableDiagnostics", "0");
        NativePrivilege.GiveUpAll();
        return $"the program cannot execute itself: {NativeFile.Describe(NativePrivilege.Execute(program, arguments))}";
    }

    /// <summary>What holds on all threads of this process, read from the system.</summary>
    public static string Describe()
    {
        if (OperatingSystem.IsWindows()) return TokenPrivileges.Names() is [] ? "no privileges" : "PRIVILEGES";
        var (capabilities, noNewPrivileges) = Read();
        var words = capabilities == 0 ? "no capabilities" : string.Create(CultureInfo.InvariantCulture, $"CAPABILITIES {capabilities:x}");
        return $"{words}, {(noNewPrivileges ? "no_new_privs" : "NOT no_new_privs")}";
    }

    private static bool IsReduced() => Read() is (0, true);

    private static (ulong Capabilities, bool NoNewPrivileges) Read()
    {
        var (capabilities, noNewPrivileges) = (0UL, true);
        foreach (var thread in Directory.GetDirectories("/proc/self/task"))
        {
            var status = ReadStatus(thread + "/status");
            if (status is null) continue; // it ended meanwhile
            foreach (var line in status)
            {
                if (line.StartsWith("CapPrm:", StringComparison.Ordinal) || line.StartsWith("CapInh:", StringComparison.Ordinal))
                    capabilities |= ulong.Parse(line.AsSpan(7).Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                else if (line.StartsWith("NoNewPrivs:", StringComparison.Ordinal)) noNewPrivileges &= line.EndsWith('1');
            }
        }
        return (capabilities, noNewPrivileges);
    }

    private static string[]? ReadStatus(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
