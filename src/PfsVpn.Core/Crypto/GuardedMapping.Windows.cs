using System.Runtime.InteropServices;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Crypto;

internal readonly unsafe partial struct GuardedMapping
{
    /// <remarks>The guards are reserved and never committed: touching them is an access violation, and they cost no memory.</remarks>
    private static GuardedMapping MapLockedOnWindows(int length)
    {
        var page = Environment.SystemPageSize;
        var rounded = RoundedToPages(length);
        var mappingLength = (nuint)rounded + (2 * (nuint)page);
        var mapping = Kernel32.VirtualAlloc(0, mappingLength, Kernel32.MEM_RESERVE, Kernel32.PAGE_NOACCESS);
        if (mapping == 0) throw SecretMemoryException.FromWindows("VirtualAlloc", Marshal.GetLastPInvokeError());
        var address = mapping + page;
        if (Kernel32.VirtualAlloc(address, (nuint)rounded, Kernel32.MEM_COMMIT, Kernel32.PAGE_READWRITE) == 0)
            throw Released(mapping, "VirtualAlloc", Marshal.GetLastPInvokeError());
        if (!WorkingSet.TryLock(address, rounded, out var error)) throw Released(mapping, "VirtualLock", error);
        return new GuardedMapping(mapping, mappingLength, address, rounded, CrashReports.TryLeaveOut(address, rounded));
    }

    private void UnmapOnWindows()
    {
        if (IsLeftOutOfReports) CrashReports.NoLongerLeaveOut(Address);
        // Unlocking first gives its room in the working set back; releasing does the rest.
        _ = Kernel32.VirtualUnlock(Address, (nuint)Length);
        _ = Kernel32.VirtualFree(_mapping, 0, Kernel32.MEM_RELEASE);
    }

    private static SecretMemoryException Released(nint mapping, string call, int error)
    {
        _ = Kernel32.VirtualFree(mapping, 0, Kernel32.MEM_RELEASE);
        return SecretMemoryException.FromWindows(call, error);
    }
}
