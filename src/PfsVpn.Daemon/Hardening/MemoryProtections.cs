using PfsVpn.Crypto;
using PfsVpn.Runtime;

namespace PfsVpn.Daemon.Hardening;

/// <summary>Where secrets lie, and where the rest of the process's memory can get to.</summary>
/// <remarks>References: memfd_secret(2), mlock(2), proc_pid_status(5), proc_swaps(5), kernel Documentation/admin-guide/cgroup-v2.rst, kernel/power/hibernate.c.</remarks>
internal static class MemoryProtections
{
    /// <summary>Reads what is in force.</summary>
    public static IEnumerable<Protection> Read(SystemFiles files, SecretArena arena)
    {
        yield return SecretMemory(arena.Kind, arena.FallbackReason);
        yield return KeysNotInSwap(files.Read("/proc/self/status"), arena.LockedBytes);
        yield return RestNotInSwap(files);
        yield return NoHibernation(files, arena.Kind);
    }

    /// <summary>The kind of the arena, and why it is not the better one.</summary>
    internal static Protection SecretMemory(SecretArenaKind kind, string? reason)
    {
        const string Name = "secrets in memfd_secret memory";
        if (kind == SecretArenaKind.MemfdSecret) return new Protection(Name, Holds: true, "not readable through /proc/PID/mem, not in a core, not in swap", null);
        // The reason says what to change, in a sentence of its own behind what failed.
        var (what, remedy) = Split(reason ?? "It was not asked for.");
        return new Protection(Name, Holds: false, $"secrets are in locked memory: not in a core, not in swap, but root can read them through /proc/PID/mem ({what})",
            remedy ?? "secretmem.enable=1 on the kernel's command line, and memfd_secret among the system calls that a sandbox allows");
    }

    /// <summary>Whether the host's swap can take what is not locked.</summary>
    internal static Protection RestNotInSwap(SystemFiles files)
    {
        const string Name = "other memory not in swap";
        if (files.Read("/proc/swaps") is not { } text)
            return new Protection(Name, Holds: false, "whether the host has swap cannot be seen", "ProcSubset=all in the unit");
        var areas = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(static line => line.Split(' ', '\t')[0]).ToArray();
        if (areas.Length == 0) return new Protection(Name, Holds: true, "the host has no swap", null);
        if (IsKeptFromSwap(files)) return new Protection(Name, Holds: true, "the control group of this process has no swap", null);
        return new Protection(Name, Holds: false, $"packets and stacks of this process can go to {string.Join(" and ", areas)}; keys cannot",
            "nothing for the keys; for the rest MemorySwapMax=0 in the unit, or encrypted swap");
    }

    /// <summary>Hibernation writes all memory to the disk, locked or not; the kernel does not hibernate while there is memfd_secret memory.</summary>
    internal static Protection NoHibernation(SystemFiles files, SecretArenaKind kind)
    {
        const string Name = "no hibernation image";
        if (kind == SecretArenaKind.MemfdSecret) return new Protection(Name, Holds: true, "this host does not hibernate while there is memfd_secret memory", null);
        if (files.Read("/sys/power/disk") is not { } modes || modes.Contains("[disabled]", StringComparison.Ordinal))
            return new Protection(Name, Holds: true, "this host does not hibernate", null);
        return new Protection(Name, Holds: false, "an image of a hibernated host holds the private key and the pre-shared keys",
            "what memfd_secret needs, or nohibernate on the kernel's command line, or encrypted swap");
    }

    private static Protection KeysNotInSwap(string? status, long locked)
    {
        var found = status is null ? 0 : (long)new ProcessStatus(status).Number("VmLck") * 1024;
        var holds = found >= locked;
        return new Protection("keys not in swap", holds,
            holds ? $"{found / 1024} KiB are locked in memory, among them {locked / 1024} KiB for keys" : $"only {found / 1024} of {locked / 1024} KiB for keys are locked in memory",
            holds ? null : "LimitMEMLOCK=infinity in the unit, or CAP_IPC_LOCK");
    }

    private static (string What, string? Remedy) Split(string reason)
    {
        var end = reason.IndexOf(". ", StringComparison.Ordinal);
        return end < 0 ? (reason.TrimEnd('.'), null) : (reason[..end], reason[(end + 2)..].TrimEnd('.'));
    }

    /// <summary>Whether the control group of this process, or one above it, has memory.swap.max at 0. Version 2 of control groups.</summary>
    private static bool IsKeptFromSwap(SystemFiles files)
    {
        var line = files.Read("/proc/self/cgroup")?.Split('\n').FirstOrDefault(static line => line.StartsWith("0::/", StringComparison.Ordinal));
        for (var group = line?[3..]; group is not null && group.Length > 1; group = group[..Math.Max(group.LastIndexOf('/'), 0)])
        {
            if (files.Read($"/sys/fs/cgroup{group}/memory.swap.max")?.Trim() == "0") return true;
        }
        return false;
    }
}
