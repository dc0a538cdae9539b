using System.Runtime.Intrinsics.X86;
using PfsVpn.Daemon.Watch;
using PfsVpn.Runtime;

namespace PfsVpn.Daemon.Hardening;

/// <summary>What happens to session keys when the machine sleeps, and when it is cloned.</summary>
/// <remarks>References: kernel Documentation/admin-guide/pm/sleep-states.rst, drivers/virt/vmgenid.c.</remarks>
internal static class HostProtections
{
    /// <summary>Where a VM generation ID device shows: on the platform bus since Linux 6.10, on ACPI's before.</summary>
    private static readonly string[] GenerationDrivers = ["/sys/bus/platform/drivers/vmgenid", "/sys/bus/acpi/drivers/vmgenid"];

    /// <summary>Reads what is in force. <paramref name="watch"/> is null where nothing watches yet.</summary>
    public static IEnumerable<Protection> Read(SystemFiles files, HostWatch? watch) =>
        [Sleep(files, watch?.SleepHolds ?? false, watch?.SleepState ?? "nobody watches yet"), Clone(files, watch?.CloneFailure ?? (watch is null ? "nobody watches yet" : null), MayBeVirtual)];

    /// <summary>Whether a processor says that it is a hypervisor's; one that cannot say may be.</summary>
    private static bool MayBeVirtual => !X86Base.IsSupported || X86Base.CpuId(1, 0).Ecx < 0;

    /// <summary>Session keys before sleep.</summary>
    internal static Protection Sleep(SystemFiles files, bool holds, string state)
    {
        const string Name = "session keys erased before sleep";
        if (holds) return new Protection(Name, Holds: true, "logind lets the machine sleep when they are", null);
        if (string.IsNullOrWhiteSpace(files.Read("/sys/power/state"))) return new Protection(Name, Holds: true, "this machine does not sleep", null);
        return new Protection(Name, Holds: false, $"{state}: session keys stay in memory while the machine sleeps, and those that are too old end when it wakes",
            "run the system's D-Bus and systemd-logind (or elogind), where the daemon can reach them");
    }

    /// <summary>Session keys of a clone.</summary>
    internal static Protection Clone(SystemFiles files, string? failure, bool mayBeVirtual)
    {
        const string Name = "session keys ended in a cloned machine";
        const string Snapshot = "take the interface down before a snapshot is made";
        if (!mayBeVirtual) return new Protection(Name, Holds: true, "this is no virtual machine", null);
        if (failure is not null)
            return new Protection(Name, Holds: false, $"the kernel's events cannot be heard ({failure})", $"allow AF_NETLINK, or {Snapshot}");
        if (!GenerationDrivers.Any(driver => files.Names(driver).Any(static name => name.Contains(':', StringComparison.Ordinal))))
            return new Protection(Name, Holds: false, "the kernel knows of no VM generation ID: nobody would tell of a clone, which would use up the same counters",
                $"give the machine one (QEMU: -device vmgenid), or {Snapshot}");
        return files.Read("/proc/self/uid_map")?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is ["0", "0", ..]
            ? new Protection(Name, Holds: true, "the kernel tells of a new VM generation ID", null)
            : new Protection(Name, Holds: false, "the kernel does not tell processes in a user namespace", Snapshot);
    }
}
