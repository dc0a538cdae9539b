using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>Access tokens and privileges: <c>processthreadsapi.h</c>, <c>securitybaseapi.h</c>, <c>winbase.h</c>.</summary>
/// <remarks>References: Microsoft's pages OpenProcessToken, LookupPrivilegeValueW, AdjustTokenPrivileges, GetTokenInformation, DuplicateTokenEx, SetThreadToken. A BOOL is an int: 0 is failure.</remarks>
internal static unsafe partial class Advapi32
{
    public const uint TOKEN_DUPLICATE = 0x2, TOKEN_IMPERSONATE = 0x4, TOKEN_QUERY = 0x8, TOKEN_ADJUST_PRIVILEGES = 0x20;
    public const uint SE_PRIVILEGE_ENABLED = 0x2, SE_PRIVILEGE_REMOVED = 0x4;
    public const string SE_RESTORE_NAME = "SeRestorePrivilege";
    public const int TokenUser = 1, TokenPrivileges = 3;
    public const int SecurityImpersonation = 2, TokenImpersonation = 2;

    [LibraryImport(Library, SetLastError = true)]
    public static partial int OpenProcessToken(nint process, uint access, nint* token);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int GetTokenInformation(nint token, int kind, byte* buffer, uint size, uint* needed);

    /// <summary>
    /// The new state is a number of privileges and behind it <see cref="LUID_AND_ATTRIBUTES"/>; the size is that of the former state. Not 0 also where not all could be changed: the last error is
    /// ERROR_NOT_ALL_ASSIGNED (1300) then, else 0.
    /// </summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial int AdjustTokenPrivileges(nint token, int disablesAll, void* newState, uint size, void* formerState, uint* needed);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int LookupPrivilegeValueW(char* system, char* name, LUID* value);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int LookupPrivilegeNameW(char* system, LUID* luid, char* name, uint* length);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int DuplicateTokenEx(nint token, uint access, void* security, int level, int type, nint* duplicate);

    /// <summary>A thread of 0 is the calling one; a token of 0 ends the impersonation.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial int SetThreadToken(nint* thread, nint token);

    /// <summary>8 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct LUID
    {
        public uint LowPart;
        public int HighPart;
    }

    /// <summary>12 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct LUID_AND_ATTRIBUTES
    {
        public LUID Luid;
        public uint Attributes;
    }

    /// <summary>16 bytes: the count and one privilege.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct TOKEN_PRIVILEGES
    {
        public uint PrivilegeCount;
        public LUID_AND_ATTRIBUTES Privilege;
    }
}
