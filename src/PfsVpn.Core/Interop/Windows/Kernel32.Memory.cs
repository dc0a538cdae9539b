using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>Memory of this process: <c>memoryapi.h</c>, <c>werapi.h</c>.</summary>
/// <remarks>References: Microsoft's pages VirtualAlloc, VirtualLock, SetProcessWorkingSetSizeEx, WerRegisterExcludedMemoryBlock. A BOOL is an int: 0 is failure.</remarks>
internal static unsafe partial class Kernel32
{
    private const string Library = "kernel32.dll";

    public const uint MEM_COMMIT = 0x1000, MEM_RESERVE = 0x2000, MEM_RELEASE = 0x8000;
    public const uint PAGE_NOACCESS = 0x01, PAGE_READWRITE = 0x04;
    public const int ERROR_NOT_ENOUGH_MEMORY = 8, ERROR_WORKING_SET_QUOTA = 1453;

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint VirtualAlloc(nint address, nuint size, uint allocationType, uint protection);

    /// <summary>With MEM_RELEASE the size is 0 and the address what VirtualAlloc returned for the reservation.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial int VirtualFree(nint address, nuint size, uint freeType);

    /// <summary>At most as much as the minimum working set of the process has room for.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial int VirtualLock(nint address, nuint size);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int VirtualUnlock(nint address, nuint size);

    /// <summary>A number that means this process; not to be closed.</summary>
    [LibraryImport(Library)]
    public static partial nint GetCurrentProcess();

    /// <summary>Sizes in bytes.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial int GetProcessWorkingSetSizeEx(nint process, nuint* minimum, nuint* maximum, uint* flags);

    /// <summary>Sizes in bytes; flags of 0 leave the kinds of limit as they are.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial int SetProcessWorkingSetSizeEx(nint process, nuint minimum, nuint maximum, uint flags);

    /// <summary>Keeps a block out of Windows' crash reports; at most 512 of them. Returns an HRESULT. From Windows 10 1703.</summary>
    /// <exception cref="EntryPointNotFoundException">An older system.</exception>
    [LibraryImport(Library)]
    public static partial int WerRegisterExcludedMemoryBlock(nint address, uint size);

    /// <summary>Undoes it. Returns an HRESULT.</summary>
    /// <exception cref="EntryPointNotFoundException">An older system.</exception>
    [LibraryImport(Library)]
    public static partial int WerUnregisterExcludedMemoryBlock(nint address);
}
