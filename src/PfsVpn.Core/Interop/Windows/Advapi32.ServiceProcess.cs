using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>The service control manager, for the process of a service: <c>winsvc.h</c>.</summary>
/// <remarks>References: Microsoft's pages StartServiceCtrlDispatcherW, RegisterServiceCtrlHandlerExW, SetServiceStatus.</remarks>
internal static unsafe partial class Advapi32
{
    /// <summary>Connects to the manager and returns when all services of the process have stopped. The table ends with an entry of zeros.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial int StartServiceCtrlDispatcherW(SERVICE_TABLE_ENTRYW* table);

    /// <summary>Returns a handle that is not to be closed; 0 on failure. The handler gets control, event type, event data and context, and returns 0 (NO_ERROR) or an error.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial nint RegisterServiceCtrlHandlerExW(char* name, delegate* unmanaged<uint, uint, void*, void*, uint> handler, void* context);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int SetServiceStatus(nint handle, SERVICE_STATUS* status);

    /// <summary>16 bytes.</summary>
    public struct SERVICE_TABLE_ENTRYW
    {
        public char* lpServiceName;

        /// <summary>Gets the number of arguments and the arguments, the service's name first.</summary>
        public delegate* unmanaged<uint, char**, void> lpServiceProc;
    }
}
