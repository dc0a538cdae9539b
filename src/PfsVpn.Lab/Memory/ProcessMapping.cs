namespace PfsVpn.Lab.Memory;

/// <summary>One mapping of a process, as /proc/PID/smaps tells it.</summary>
/// <param name="Start">The first address.</param>
/// <param name="End">The address behind the last.</param>
/// <param name="Permissions">As the kernel writes them: <c>rw-p</c>.</param>
/// <param name="Path">The file, or the kernel's name in brackets; empty for anonymous memory.</param>
/// <param name="ResidentBytes">What of it is in memory, or in swap.</param>
/// <param name="Flags">VmFlags: two letters each, as "lo" for locked, "dd" for not in a core, "dc" for not in a forked child.</param>
internal sealed record ProcessMapping(ulong Start, ulong End, string Permissions, string Path, long ResidentBytes, IReadOnlyList<string> Flags)
{
    /// <summary>Bytes.</summary>
    public ulong Length => End - Start;

    /// <summary>Whether the process itself may read it.</summary>
    public bool IsReadable => Permissions.StartsWith('r');

    /// <summary>Whether it is memfd_secret memory, which nobody but the process itself can read.</summary>
    public bool IsSecret => Path.StartsWith("/secretmem", StringComparison.Ordinal);

    /// <summary>Whether it is the kernel's own clock data.</summary>
    public bool IsOfKernel => Path is "[vvar]" or "[vvar_vclock]";

    /// <summary>What to call it in a report: its file, or what kind of memory it is.</summary>
    public string Name => Path.Length > 0 ? Path : Has("lo") && Has("dd") ? "[locked memory]" : "[anonymous memory]";

    /// <summary>Whether VmFlags has <paramref name="flag"/>.</summary>
    public bool Has(string flag) => Flags.Contains(flag, StringComparer.Ordinal);
}
