using PfsVpn.Daemon.Interop;
using PfsVpn.Runtime;

namespace PfsVpn.Daemon.Hardening;

/// <summary>Who else can look into the process: cores, tracers, the runtime's diagnostics.</summary>
/// <remarks>References: PR_SET_DUMPABLE(2const), core(5), ptrace(2), kernel Documentation/admin-guide/LSM/Yama.rst, fs/coredump.c.</remarks>
internal static class DumpProtections
{
    private const string DiagnosticsVariable = "DOTNET_EnableDiagnostics";

    /// <summary>Reads what is in force.</summary>
    public static IEnumerable<Protection> Read(SystemFiles files)
    {
        var isDumpable = Libc.prctl(Libc.PR_GET_DUMPABLE, 0, 0, 0, 0) != 0;
        yield return NotDumpable(isDumpable);
        yield return NoCores(isDumpable, files.Read("/proc/self/limits"), files.Read("/proc/sys/kernel/core_pattern"));
        yield return Diagnostics(Environment.GetEnvironmentVariable(DiagnosticsVariable), DiagnosticsFiles.OwnPaths().FirstOrDefault(File.Exists));
        yield return NoTracer(files.Read("/proc/self/status"));
        yield return NoTracing(files.Read("/proc/sys/kernel/yama/ptrace_scope"));
    }

    /// <summary>Cores: the kernel writes none of a process that is not dumpable; the limit alone does not hold for one that is piped to a program.</summary>
    internal static Protection NoCores(bool isDumpable, string? limits, string? pattern)
    {
        const string Name = "no cores";
        var isLimited = limits?.Split('\n').FirstOrDefault(static line => line.StartsWith("Max core file size", StringComparison.Ordinal)) is { } line
            && line["Max core file size".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries) is ["0", "0", ..];
        var isPiped = pattern?.StartsWith('|') ?? true;
        if (!isDumpable) return new Protection(Name, Holds: true, isLimited ? "the process is not dumpable, and RLIMIT_CORE is 0" : "the process is not dumpable", null);
        if (isLimited && !isPiped) return new Protection(Name, Holds: true, "RLIMIT_CORE is 0", null);
        return isLimited
            ? new Protection(Name, Holds: false, "core_pattern pipes cores to a program, whatever RLIMIT_CORE says", "kernel.core_pattern without a pipe")
            : new Protection(Name, Holds: false, "a crash writes the process's memory to a file", "LimitCORE=0 in the unit, or ulimit -c 0");
    }

    /// <summary>Yama's scope: below 3, whoever has CAP_SYS_PTRACE can take a process over, and no kind of memory helps against that.</summary>
    internal static Protection NoTracing(string? scope)
    {
        const string Name = "no tracing by root";
        if (scope?.Trim() == "3")
            return new Protection(Name, Holds: true, "ptrace_scope is 3: no process can attach to another; root can still load code into the kernel", null);
        var found = scope is null ? "the kernel has no Yama" : $"ptrace_scope is {scope.Trim()}";
        return new Protection(Name, Holds: false, $"root can still run code in the process, and so read its keys ({found})",
            (scope is null ? "a kernel with Yama, and " : "") + "sysctl kernel.yama.ptrace_scope=3, after which no debugger works on this host until it is restarted");
    }

    private static Protection NotDumpable(bool isDumpable) => new("not dumpable", !isDumpable,
        isDumpable ? "processes of the same user can read its memory" : "without CAP_SYS_PTRACE no process can attach to it or read its memory",
        isDumpable ? "nothing: PR_SET_DUMPABLE was undone from inside; restart the daemon" : null);

    private static Protection Diagnostics(string? setting, string? file)
    {
        var holds = string.Equals(setting, "0", StringComparison.Ordinal) && file is null;
        return new Protection("diagnostics off", holds,
            holds ? "the runtime has neither a diagnostics port nor debugger pipes" : $"the runtime can be asked for a dump of its memory ({file ?? DiagnosticsVariable + " is not 0"})",
            holds ? null : "start pfsvpnd itself, which turns them off, and remove what is left in the folder for temporary files");
    }

    private static Protection NoTracer(string? status)
    {
        var tracer = status is null ? 0 : new ProcessStatus(status).Number("TracerPid");
        var holds = status is not null && tracer == 0;
        return new Protection("no tracer", holds, holds ? "no debugger is attached" : $"process {tracer} is attached: it can read everything", holds ? null : "end that process, and change the keys");
    }
}
