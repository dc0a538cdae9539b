using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>Events and readiness: <c>winsock2.h</c>.</summary>
/// <remarks>References: Microsoft's pages WSACreateEvent, WSAWaitForMultipleEvents, WSAPoll. The events are the system's own, set by hand and reset by hand.</remarks>
internal static unsafe partial class Ws2_32
{
    public const uint WSA_INFINITE = 0xFFFF_FFFF, WSA_WAIT_EVENT_0 = 0, WSA_WAIT_TIMEOUT = 258;
    public const short POLLWRNORM = 0x0010;

    /// <summary>Returns 0 on failure.</summary>
    [LibraryImport(WinsockLibrary, SetLastError = true)]
    public static partial nint WSACreateEvent();

    /// <summary>Returns a BOOL.</summary>
    [LibraryImport(WinsockLibrary, SetLastError = true)]
    public static partial int WSACloseEvent(nint handle);

    /// <summary>Returns a BOOL.</summary>
    [LibraryImport(WinsockLibrary, SetLastError = true)]
    public static partial int WSASetEvent(nint handle);

    /// <summary>Returns a BOOL.</summary>
    [LibraryImport(WinsockLibrary, SetLastError = true)]
    public static partial int WSAResetEvent(nint handle);

    /// <summary>Returns <see cref="WSA_WAIT_EVENT_0"/> and the number of the first event that is set, <see cref="WSA_WAIT_TIMEOUT"/>, or 0xFFFFFFFF on failure.</summary>
    [LibraryImport(WinsockLibrary, SetLastError = true)]
    public static partial uint WSAWaitForMultipleEvents(uint count, nint* handles, int waitAll, uint milliseconds, int alertable);

    /// <summary>Returns how many are ready.</summary>
    [LibraryImport(WinsockLibrary, SetLastError = true)]
    public static partial int WSAPoll(WSAPOLLFD* sockets, uint count, int milliseconds);

    /// <summary>16 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct WSAPOLLFD
    {
        public nint fd;
        public short events;
        public short revents;
    }
}
