using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>Who owns an object: <c>aclapi.h</c>, <c>securitybaseapi.h</c>.</summary>
/// <remarks>References: Microsoft's pages GetSecurityInfo, IsWellKnownSid, WELL_KNOWN_SID_TYPE.</remarks>
internal static unsafe partial class Advapi32
{
    public const int SE_FILE_OBJECT = 1;
    public const uint OWNER_SECURITY_INFORMATION = 1;
    public const int WinLocalSystemSid = 22, WinBuiltinAdministratorsSid = 26;

    /// <summary>Returns 0 (ERROR_SUCCESS) or an error. The descriptor is freed with LocalFree; the SIDs lie in it.</summary>
    [LibraryImport(Library)]
    public static partial uint GetSecurityInfo(nint handle, int type, uint information, void** owner, void** group, void** dacl, void** sacl, nint* descriptor);

    [LibraryImport(Library)]
    public static partial int IsWellKnownSid(void* sid, int type);
}
