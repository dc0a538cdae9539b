namespace PfsVpn.Crypto;

/// <summary>What the protections of a <see cref="SecretArena"/> are called, on each system no more than it gives.</summary>
internal static class SecretArenaText
{
    /// <summary>Why there is no better kind on Windows.</summary>
    public const string NoneOnWindows = "Windows has no memory that an administrator's programs cannot read, so there is nothing to change";

    /// <summary>One sentence without a full stop.</summary>
    /// <param name="kind">The protection that holds.</param>
    /// <param name="isWindows">The system.</param>
    /// <param name="isLeftOutOfReports">Whether crash reports leave the memory out.</param>
    /// <param name="fallbackReason">Why not the better one; null where it is the better one or was not asked for.</param>
    public static string Describe(SecretArenaKind kind, bool isWindows, bool isLeftOutOfReports, string? fallbackReason)
    {
        if (kind == SecretArenaKind.MemfdSecret) return "secrets are in memfd_secret memory (not readable through /proc/PID/mem, not in a core, not in swap)";
        var held = isWindows
            ? $"secrets are in locked memory (not in the page file, {(isLeftOutOfReports ? "not in Windows' crash reports" : "but in Windows' crash reports, from which this system cannot leave them out")}), "
                + "which an administrator can read with a debugger and which hibernation writes to the disk"
            : "secrets are in locked memory (not in a core, not in swap), which root can read through /proc/PID/mem";
        return held + (fallbackReason is null ? "" : $"; the better kind could not be had: {fallbackReason}");
    }
}
