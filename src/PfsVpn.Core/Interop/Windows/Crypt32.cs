using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>Data protection: <c>dpapi.h</c>.</summary>
/// <remarks>References: Microsoft's pages CryptProtectData, CryptUnprotectData, DATA_BLOB. A BOOL is an int: 0 is failure. What is written to is allocated and freed with LocalFree.</remarks>
internal static unsafe partial class Crypt32
{
    private const string Library = "crypt32.dll";

    /// <summary>Fails rather than ask anybody.</summary>
    public const uint CRYPTPROTECT_UI_FORBIDDEN = 0x1;

    [LibraryImport(Library, SetLastError = true)]
    public static partial int CryptProtectData(DATA_BLOB* data, char* description, DATA_BLOB* entropy, void* reserved, void* prompt, uint flags, DATA_BLOB* protectedData);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int CryptUnprotectData(DATA_BLOB* protectedData, char** description, DATA_BLOB* entropy, void* reserved, void* prompt, uint flags, DATA_BLOB* data);

    /// <summary>16 bytes.</summary>
    public struct DATA_BLOB
    {
        /// <summary>Bytes.</summary>
        public uint cbData;

        public byte* pbData;
    }
}
