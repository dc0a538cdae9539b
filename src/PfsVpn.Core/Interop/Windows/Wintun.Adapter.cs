using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>Adapters and the driver.</summary>
internal static unsafe partial class Wintun
{
    /// <summary>Characters of an adapter's name or tunnel type, the closing zero included: MAX_ADAPTER_NAME.</summary>
    public const int MAX_ADAPTER_NAME = 128;

    public const int ERROR_FILE_NOT_FOUND = 2, ERROR_ACCESS_DENIED = 5, ERROR_DUP_NAME = 52, ERROR_ALREADY_EXISTS = 183, ERROR_OLD_WIN_VERSION = 1150;

    /// <summary>Makes an adapter, which exists until it is closed or this process ends. Needs an administrator.</summary>
    /// <param name="name">The name that people see, zero-terminated.</param>
    /// <param name="tunnelType">Kind of tunnel, zero-terminated: part of the adapter's description.</param>
    /// <param name="requestedGuid">The adapter's GUID, by which Windows knows it again (network profile, settings); null for a random one.</param>
    /// <returns>The adapter; 0 on failure.</returns>
    [LibraryImport(Library, SetLastError = true)]
    public static partial nint WintunCreateAdapter(char* name, char* tunnelType, Guid* requestedGuid);

    /// <summary>Opens an adapter that another made: its name, zero-terminated. 0 on failure.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial nint WintunOpenAdapter(char* name);

    /// <summary>Gives an adapter back, and removes it where WintunCreateAdapter made it. 0 is allowed.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial void WintunCloseAdapter(nint adapter);

    /// <summary>Removes the driver where no adapter is in use. A BOOL: 0 on failure.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial int WintunDeleteDriver();

    /// <summary>The LUID of an adapter.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial void WintunGetAdapterLUID(nint adapter, NET_LUID* luid);

    /// <summary>The version of the driver that runs: the major number in the upper 16 bits, the minor in the lower. 0 on failure, with ERROR_FILE_NOT_FOUND where none is loaded.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial uint WintunGetRunningDriverVersion();
}
