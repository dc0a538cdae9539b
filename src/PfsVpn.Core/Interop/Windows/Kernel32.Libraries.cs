using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>Loading libraries: <c>libloaderapi.h</c>.</summary>
/// <remarks>References: Microsoft's page LoadLibraryExW.</remarks>
internal static unsafe partial class Kernel32
{
    /// <summary>What the library itself needs comes from the system's folder only.</summary>
    public const uint LOAD_LIBRARY_SEARCH_SYSTEM32 = 0x800;

    /// <summary>Loads the file at a full path; 0 on failure.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial nint LoadLibraryExW(char* path, nint reserved, uint flags);
}
