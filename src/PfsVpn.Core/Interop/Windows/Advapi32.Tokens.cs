using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>Access tokens and privileges: <c>processthreadsapi.h</c>, <c>securitybaseapi.h</c>, <c>winbase.h</c>.</summary>
/// <remarks>References: Microsoft's pages OpenProcessToken, AdjustTokenPrivileges, GetTokenInformation, DuplicateTokenEx, SetThreadToken. A BOOL is an int: 0 is failure.</remarks>
internal static unsafe partial class Advapi32
{
    public const uint TOKEN_DUPLICATE = 0x2, TOKEN_IMPERSONATE = 0x4;
    public const uint SE_PRIVILEGE_REMOVED = 0x4;
    public const int TokenUser = 1, TokenPrivileges = 3;
    public const int SecurityImpersonation = 2, TokenImpersonation = 2;

    [LibraryImport(Library, SetLastError = true)]
    public static partial int GetTokenInformation(nint token, int kind, byte* buffer, uint size, uint* needed);

    /// <summary>The new state is a number of privileges and behind it <see cref="LUID_AND_ATTRIBUTES"/>. Succeeds also where not all could be changed.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial int AdjustTokenPrivileges(nint token, int disablesAll, byte* newState, uint size, byte* formerState, uint* needed);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int LookupPrivilegeNameW(char* system, LUID* luid, char* name, uint* length);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int DuplicateTokenEx(nint token, uint access, void* security, int level, int type, nint* duplicate);

    /// <summary>A thread of 0 is the calling one; a token of 0 ends the impersonation.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial int SetThreadToken(nint* thread, nint token);

    /// <summary>12 bytes.</summary>
    public struct LUID_AND_ATTRIBUTES
    {
        public LUID Luid;
        public uint Attributes;
    }
}
