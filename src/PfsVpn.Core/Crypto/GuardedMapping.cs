namespace PfsVpn.Crypto;

/// <summary>Locked memory for secrets between two pages that nobody may touch; zero at first.</summary>
/// <remarks>
/// References: memfd_secret(2), mlock(2), madvise(2); Microsoft's pages VirtualAlloc and VirtualLock. Sizes: whole pages, and a guard page on each side that is not locked.
/// Ownership: whoever maps it unmaps it, once.
/// </remarks>
internal readonly unsafe partial struct GuardedMapping
{
    private readonly nint _mapping;
    private readonly nuint _mappingLength;

    private GuardedMapping(nint mapping, nuint mappingLength, nint address, int length, bool isLeftOutOfReports = false)
    {
        (_mapping, _mappingLength, Address, Length, IsLeftOutOfReports) = (mapping, mappingLength, address, length, isLeftOutOfReports);
    }

    /// <summary>The first usable byte.</summary>
    public nint Address { get; }

    /// <summary>Usable bytes: whole pages.</summary>
    public int Length { get; }

    /// <summary>Whether what the system keeps of a crash leaves this memory out: always on Linux; on Windows where it is new enough and has room for one more.</summary>
    public bool IsLeftOutOfReports { get; }

    /// <summary>Maps anonymous memory, locked: not in a core, not in swap, absent from a forked child.</summary>
    /// <exception cref="SecretMemoryException">The limit of locked memory is reached.</exception>
    public static GuardedMapping MapLocked(int length) => OperatingSystem.IsWindows() ? MapLockedOnWindows(length) : MapLockedOnLinux(length);

    /// <summary>Zeroes the memory and gives it back, guard pages included.</summary>
    public void Unmap()
    {
        SecretMemory.Zero((byte*)Address, (nuint)Length);
        if (OperatingSystem.IsWindows()) UnmapOnWindows();
        else UnmapOnLinux();
    }

    private static int RoundedToPages(int length)
    {
        var page = Environment.SystemPageSize;
        return checked((length + page - 1) / page * page);
    }
}
