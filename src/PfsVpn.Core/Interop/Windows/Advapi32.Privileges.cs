using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>Privileges of this process: <c>processthreadsapi.h</c>, <c>securitybaseapi.h</c>, <c>winbase.h</c>.</summary>
/// <remarks>References: Microsoft's pages OpenProcessToken, LookupPrivilegeValueW, AdjustTokenPrivileges. A BOOL is an int: 0 is failure.</remarks>
internal static unsafe partial class Advapi32
{
    public const uint TOKEN_QUERY = 0x0008, TOKEN_ADJUST_PRIVILEGES = 0x0020;
    public const uint SE_PRIVILEGE_ENABLED = 2;
    public const string SE_RESTORE_NAME = "SeRestorePrivilege";

    [LibraryImport("advapi32.dll", SetLastError = true)]
    public static partial int OpenProcessToken(nint process, uint access, nint* token);

    [LibraryImport("advapi32.dll", SetLastError = true)]
    public static partial int LookupPrivilegeValueW(char* system, char* name, LUID* value);

    /// <summary>Not 0 also where a privilege is not held: the last error is ERROR_NOT_ALL_ASSIGNED (1300) then, else 0.</summary>
    [LibraryImport("advapi32.dll", SetLastError = true)]
    public static partial int AdjustTokenPrivileges(nint token, int disablesAll, TOKEN_PRIVILEGES* newState, uint length, TOKEN_PRIVILEGES* oldState, uint* oldLength);

    /// <summary>8 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct LUID
    {
        public uint LowPart;
        public int HighPart;
    }

    /// <summary>16 bytes: the count and one privilege.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct TOKEN_PRIVILEGES
    {
        public uint PrivilegeCount;
        public LUID Luid;
        public uint Attributes;
    }
}
