namespace PfsVpn.Crypto;

/// <summary>How the memory of a <see cref="SecretArena"/> is protected.</summary>
internal enum SecretArenaKind
{
    /// <summary>memfd_secret: removed from the kernel's direct map; not readable through /proc/PID/mem, not in a core, not in swap.</summary>
    MemfdSecret,

    /// <summary>Anonymous memory, locked, excluded from cores, absent from a forked child, between guard pages. The only kind on Windows.</summary>
    LockedMemory,
}
