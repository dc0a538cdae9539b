using PfsVpn.Interop.Windows;
using PfsVpn.Runtime;

namespace PfsVpn.Daemon.Windows;

/// <summary>Which protections hold on Windows, what follows from those that do not, and what helps.</summary>
/// <remarks>
/// References: Microsoft's pages VirtualLock, Collecting User-Mode Dumps, SetErrorMode, Overview of memory dump file options, powercfg, fsutil behavior. Administrators can read the memory of every process but protected ones, which only
/// programs that Microsoft has signed for that can be: nothing here holds against them.
/// </remarks>
internal static class WindowsProtections
{
    private const string MemoryManagement = @"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management";

    /// <summary>
    /// The privileges that the daemon keeps: to pass through folders, which everybody has, to lock more memory for keys, and to take the adapter's device away at the end, for which Windows wants
    /// the privilege to load drivers.
    /// </summary>
    public static readonly string[] KeptPrivileges = ["SeChangeNotifyPrivilege", "SeIncreaseWorkingSetPrivilege", "SeLoadDriverPrivilege"];

    /// <summary>Reads what is in force.</summary>
    /// <param name="host">The system.</param>
    /// <param name="lockedBytes">Bytes that are locked for keys.</param>
    /// <param name="hearsOfSleep">Whether the system tells before it sleeps; null where nobody watches yet.</param>
    public static IEnumerable<Protection> Read(IWindowsHost host, long lockedBytes, bool? hearsOfSleep)
    {
        yield return new Protection("keys not in the page file", Holds: true, $"{lockedBytes / 1024} KiB for keys are locked in memory, between pages that nobody may touch", null);
        yield return RestNotInPageFile(host);
        yield return NoHibernation(host);
        yield return NoReports(host);
        yield return NoMemoryDump(host);
        yield return Diagnostics(host.Variable("DOTNET_EnableDiagnostics"));
        yield return NoDebugger(host.IsDebugged());
        yield return NoReading();
        yield return FewPrivileges(host.Privileges());
        yield return Mitigations(host);
        yield return Sleep(hearsOfSleep);
        yield return Clone();
    }

    private static Protection RestNotInPageFile(IWindowsHost host)
    {
        const string Name = "other memory not in the page file";
        if (host.Strings(MemoryManagement, "PagingFiles") is { } files && Array.TrueForAll(files, string.IsNullOrWhiteSpace)) return new Protection(Name, Holds: true, "this system has no page file", null);
        if (host.Number(@"SYSTEM\CurrentControlSet\Policies", "NtfsEncryptPagingFile") == 1) return new Protection(Name, Holds: true, "the page file is encrypted with a key that is gone when the system stops", null);
        return new Protection(Name, Holds: false, "packets and stacks of this process can go to the page file; keys cannot", "nothing for the keys; for the rest fsutil behavior set EncryptPagingFile 1, and a restart");
    }

    private static Protection NoHibernation(IWindowsHost host)
    {
        const string Name = "no hibernation image";
        return host.Number(@"SYSTEM\CurrentControlSet\Control\Power", "HibernateEnabled") == 0
            ? new Protection(Name, Holds: true, "this system does not hibernate", null)
            : new Protection(Name, Holds: false, "an image of a hibernated system holds the private key and the pre-shared keys", "powercfg /hibernate off, or BitLocker on the system's disk");
    }

    private static Protection NoReports(IWindowsHost host)
    {
        const string Name = "no crash reports";
        return (host.ErrorMode() & Kernel32.SEM_NOGPFAULTERRORBOX) != 0
            ? new Protection(Name, Holds: true, "Windows Error Reporting is not called for this process", null)
            : new Protection(Name, Holds: false, "a crash may be reported with a dump of the process", "nothing: something in the process has allowed it again; restart the daemon");
    }

    private static Protection NoMemoryDump(IWindowsHost host)
    {
        const string Name = "no complete memory dump";
        const int Complete = 1;
        return host.Number(@"SYSTEM\CurrentControlSet\Control\CrashControl", "CrashDumpEnabled") is { } kind and not Complete
            ? new Protection(Name, Holds: true, kind == 0 ? "a crash of the system writes no dump" : "a crash of the system writes memory of the kernel at most", null)
            : new Protection(Name, Holds: false, "a crash of the system may write all memory to the disk", @"HKLM\SYSTEM\CurrentControlSet\Control\CrashControl: CrashDumpEnabled = 7 (automatic), or 0");
    }

    private static Protection Diagnostics(string? setting)
    {
        var holds = string.Equals(setting, "0", StringComparison.Ordinal);
        return new Protection("diagnostics off", holds,
            holds ? "the runtime has neither a diagnostics port nor a debugger's" : "programs of the same user can ask the runtime for a dump of its memory",
            holds ? null : "pfsvpn up, which turns them off, or DOTNET_EnableDiagnostics=0 before pfsvpnd: the runtime takes that from the environment alone");
    }

    private static Protection NoDebugger(bool isDebugged) => new("no debugger", !isDebugged,
        isDebugged ? "a debugger is attached: it can read everything" : "none is attached", isDebugged ? "end it, and change the keys" : null);

    private static Protection NoReading() => new("not readable by administrators", Holds: false,
        "administrators and the system can read the memory of this process, keys included", "nothing: Windows gives that (a protected process) only to programs that Microsoft has signed for it");

    private static Protection FewPrivileges(IReadOnlyList<string>? privileges)
    {
        const string Name = "few privileges";
        if (privileges is null) return new Protection(Name, Holds: false, "they cannot be read", "nothing: this is no usual Windows");
        var more = privileges.Where(static privilege => !KeptPrivileges.Contains(privilege, StringComparer.Ordinal)).ToList();
        return more.Count == 0
            ? new Protection(Name, Holds: true, privileges.Count == 0 ? "none" : string.Join(' ', privileges), null)
            : new Protection(Name, Holds: false, $"{string.Join(' ', more)}: more than is needed", "restart the daemon, which gives them up");
    }

    private static Protection Mitigations(IWindowsHost host)
    {
        const string Name = "process mitigations";
        var missing = ProcessMitigations.All.Where(one => !host.HasMitigation(one.Policy, one.Bits)).Select(static one => one.Name).ToList();
        return missing.Count == 0
            ? new Protection(Name, Holds: true, string.Join(", ", ProcessMitigations.All.Select(static one => one.Name)) + "; not: code made while it runs, which the runtime needs", null)
            : new Protection(Name, Holds: false, "not in force: " + string.Join(", ", missing), "a newer Windows: the last of them came with Windows 10 21H2");
    }

    private static Protection Sleep(bool? hears)
    {
        const string Name = "session keys erased before sleep";
        return hears is true
            ? new Protection(Name, Holds: true, "Windows tells before it sleeps, and waits two seconds; a machine with Modern Standby need not say anything when it only turns its screen off", null)
            : new Protection(Name, Holds: false, (hears is null ? "nobody watches yet" : "Windows does not tell this process of sleep") + ": session keys stay in memory meanwhile, and those that are too old end when it wakes", "restart the daemon");
    }

    private static Protection Clone() => new("session keys ended in a cloned machine", Holds: false,
        "Windows does not tell programs of a new VM generation ID: a clone would use up the same counters", "take the interface down before a snapshot is made");
}
