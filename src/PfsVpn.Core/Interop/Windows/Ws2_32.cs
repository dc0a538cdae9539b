using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>Windows Sockets: <c>ws2_32.dll</c>.</summary>
/// <remarks>Errors: the functions here return <see cref="SOCKET_ERROR"/> and set the last error, but where said. A SOCKET is as wide as a pointer. Threading: any.</remarks>
internal static unsafe partial class Ws2_32
{
    private const string WinsockLibrary = "ws2_32.dll";

    public const int SOCKET_ERROR = -1;
    public const nint INVALID_SOCKET = -1;

    /// <summary>Version 2.2, which every Windows has.</summary>
    public const ushort WINSOCK_VERSION = 0x0202;

    /// <summary>Starts Winsock for the process; returns 0 or the error. Counted: each call that succeeds would have a WSACleanup, which the end of the process makes good.</summary>
    [LibraryImport(WinsockLibrary)]
    public static partial int WSAStartup(ushort version, WSADATA* data);

    /// <summary>408 bytes on 64-bit systems, of which nothing is read.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 408)]
    public struct WSADATA
    {
        public ushort wVersion;
        public ushort wHighVersion;
        public ushort iMaxSockets;
        public ushort iMaxUdpDg;
        public byte* lpVendorInfo;
    }
}
