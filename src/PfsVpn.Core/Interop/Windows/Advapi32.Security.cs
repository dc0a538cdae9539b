using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>Security descriptors as text: <c>sddl.h</c>.</summary>
/// <remarks>References: Microsoft's page ConvertStringSecurityDescriptorToSecurityDescriptorW.</remarks>
internal static unsafe partial class Advapi32
{
    public const uint SDDL_REVISION_1 = 1;

    /// <summary>The descriptor is to be freed with LocalFree. 0 on failure.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial int ConvertStringSecurityDescriptorToSecurityDescriptorW(char* text, uint revision, nint* descriptor, uint* size);
}
