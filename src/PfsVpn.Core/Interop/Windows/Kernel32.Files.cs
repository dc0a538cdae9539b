using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>Files and standard streams by handle: <c>fileapi.h</c>, <c>processenv.h</c>, <c>handleapi.h</c>.</summary>
/// <remarks>References: Microsoft's pages CreateFileW, GetFileType, GetFinalPathNameByHandleW, LockFileEx, GetStdHandle, SetHandleInformation. A BOOL is an int: 0 is failure.</remarks>
internal static unsafe partial class Kernel32
{
    public const uint GENERIC_READ = 0x80000000, GENERIC_WRITE = 0x40000000, FILE_APPEND_DATA = 4;
    public const uint FILE_SHARE_READ = 1, FILE_SHARE_WRITE = 2, FILE_SHARE_DELETE = 4;
    public const uint OPEN_EXISTING = 3, OPEN_ALWAYS = 4;

    /// <summary>What a folder needs to be opened.</summary>
    public const uint FILE_FLAG_BACKUP_SEMANTICS = 0x02000000;

    /// <summary>The server of a pipe may know who we are, but not act as us.</summary>
    public const uint SECURITY_SQOS_PRESENT = 0x00100000, SECURITY_IDENTIFICATION = 0x00010000;

    public const uint FILE_TYPE_DISK = 1, FILE_TYPE_PIPE = 3;
    public const uint STD_INPUT_HANDLE = unchecked((uint)-10), STD_OUTPUT_HANDLE = unchecked((uint)-11), STD_ERROR_HANDLE = unchecked((uint)-12);
    public const uint HANDLE_FLAG_INHERIT = 1;
    public const uint LOCKFILE_EXCLUSIVE_LOCK = 2;

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint CreateFileW(char* name, uint access, uint share, void* security, uint disposition, uint flags, nint template);

    [LibraryImport(Library, SetLastError = true)]
    public static partial uint GetFileType(nint handle);

    /// <summary>Returns the length in characters without the final zero, or, where the buffer is too small, the size that is needed; 0 on failure.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial uint GetFinalPathNameByHandleW(nint handle, char* path, uint characters, uint flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint GetStdHandle(uint which);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int SetHandleInformation(nint handle, uint mask, uint flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int LockFileEx(nint handle, uint flags, uint reserved, uint lowBytes, uint highBytes, OVERLAPPED* overlapped);
}
