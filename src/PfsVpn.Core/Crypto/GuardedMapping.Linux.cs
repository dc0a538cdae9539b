using System.Runtime.InteropServices;
using PfsVpn.Interop;

namespace PfsVpn.Crypto;

internal readonly unsafe partial struct GuardedMapping
{
    /// <summary>Maps memfd_secret memory: not readable through /proc/PID/mem, not in a core, not in swap, absent from a forked child.</summary>
    /// <exception cref="SecretMemoryException">The kernel has none, or the limit of locked memory is reached.</exception>
    public static GuardedMapping MapSecret(int length)
    {
        var descriptor = (int)Libc.syscall(Libc.SYS_memfd_secret, Libc.MFD_SECRET_CLOEXEC);
        if (descriptor < 0) throw SecretMemoryException.FromErrno("memfd_secret", Marshal.GetLastPInvokeError());
        try
        {
            var memory = ReserveOnLinux(length);
            if (Libc.ftruncate(descriptor, memory.Length) != 0) throw memory.Unmapped("ftruncate of memfd_secret");
            if (Libc.mmap(memory.Address, (nuint)memory.Length, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED | Libc.MAP_FIXED, descriptor, 0) == Libc.MAP_FAILED)
                throw memory.UnmappedAround("mmap of memfd_secret");
            // MADV_WIPEONFORK is refused for shared memory; the mapping locks and hides itself from cores.
            if (Libc.madvise(memory.Address, (nuint)memory.Length, Libc.MADV_DONTFORK) != 0) throw memory.Unmapped("madvise(MADV_DONTFORK)");
            // Faults every page in now: a later fault without memory would be a SIGBUS.
            SecretMemory.Zero((byte*)memory.Address, (nuint)memory.Length);
            return memory;
        }
        finally
        {
            _ = Libc.close(descriptor);
        }
    }

    private static GuardedMapping MapLockedOnLinux(int length)
    {
        var memory = ReserveOnLinux(length);
        if (Libc.mmap(memory.Address, (nuint)memory.Length, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS | Libc.MAP_FIXED, -1, 0) == Libc.MAP_FAILED)
            throw memory.UnmappedAround("mmap");
        if (Libc.mlock(memory.Address, (nuint)memory.Length) != 0) throw memory.Unmapped("mlock");
        if (Libc.madvise(memory.Address, (nuint)memory.Length, Libc.MADV_DONTDUMP) != 0) throw memory.Unmapped("madvise(MADV_DONTDUMP)");
        if (Libc.madvise(memory.Address, (nuint)memory.Length, Libc.MADV_DONTFORK) != 0) throw memory.Unmapped("madvise(MADV_DONTFORK)");
        return memory;
    }

    private void UnmapOnLinux() => _ = Libc.munmap(_mapping, _mappingLength);

    /// <summary>Address space for <paramref name="length"/> bytes and the guards, without access: what is mapped over its middle keeps them.</summary>
    private static GuardedMapping ReserveOnLinux(int length)
    {
        var page = Environment.SystemPageSize;
        var rounded = RoundedToPages(length);
        var mappingLength = (nuint)rounded + (2 * (nuint)page);
        var mapping = Libc.mmap(0, mappingLength, Libc.PROT_NONE, Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS, -1, 0);
        if (mapping == Libc.MAP_FAILED) throw SecretMemoryException.FromErrno("mmap", Marshal.GetLastPInvokeError());
        return new GuardedMapping(mapping, mappingLength, mapping + page, rounded, isLeftOutOfReports: true);
    }

    /// <summary>The exception for a mapping over the middle that failed just now, with the guards given back.</summary>
    /// <remarks>Safety: where the limit of locked memory is reached, Linux has taken the former mapping away by then. What lies between the guards may be another thread's already, or the runtime's.</remarks>
    private SecretMemoryException UnmappedAround(string call)
    {
        var errno = Marshal.GetLastPInvokeError();
        var guard = (nuint)(Address - _mapping);
        _ = Libc.munmap(_mapping, guard);
        _ = Libc.munmap(Address + Length, guard);
        return SecretMemoryException.FromErrno(call, errno);
    }

    /// <summary>The exception for the call that failed just now, with the mapping given back.</summary>
    private SecretMemoryException Unmapped(string call)
    {
        var errno = Marshal.GetLastPInvokeError();
        UnmapOnLinux();
        return SecretMemoryException.FromErrno(call, errno);
    }
}
