using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>Sockets and their addresses: <c>winsock2.h</c>, <c>ws2def.h</c>, <c>mswsock.h</c>.</summary>
/// <remarks>References: Microsoft's pages WSASocketW, bind, getsockname, closesocket, setsockopt, getsockopt, ioctlsocket, WSAIoctl, SOCKADDR_IN, SOCKADDR_IN6.</remarks>
internal static unsafe partial class Ws2_32
{
    public const int AF_INET = 2, AF_INET6 = 23, SOCK_DGRAM = 2;
    public const uint WSA_FLAG_OVERLAPPED = 0x01, WSA_FLAG_NO_HANDLE_INHERIT = 0x80;

    /// <summary>Of ioctlsocket: non-blocking or not.</summary>
    public const int FIONBIO = unchecked((int)0x8004667E);

    /// <summary>Of WSAIoctl: takes a GUID, gives a pointer to a function of this socket's provider.</summary>
    public const uint SIO_GET_EXTENSION_FUNCTION_POINTER = 0xC8000006;

    /// <summary>Of WSAIoctl, with a BOOL: whether a receive tells of an unreachable port (WSAECONNRESET) or an expired TTL (WSAENETRESET) that something sent before met.</summary>
    public const uint SIO_UDP_CONNRESET = 0x9800000C, SIO_UDP_NETRESET = 0x9800000F;

    /// <summary>WSAID_WSARECVMSG.</summary>
    public static readonly Guid WSAID_WSARECVMSG = new(0xF689D7C8, 0x6F1F, 0x436B, 0x8A, 0x53, 0xE5, 0x4F, 0xE3, 0x51, 0xC3, 0x22);

    [LibraryImport(WinsockLibrary, SetLastError = true)]
    public static partial nint WSASocketW(int family, int type, int protocol, void* protocolInfo, uint group, uint flags);

    [LibraryImport(WinsockLibrary, SetLastError = true)]
    public static partial int bind(nint socket, void* name, int length);

    [LibraryImport(WinsockLibrary, SetLastError = true)]
    public static partial int getsockname(nint socket, void* name, int* length);

    [LibraryImport(WinsockLibrary, SetLastError = true)]
    public static partial int closesocket(nint socket);

    [LibraryImport(WinsockLibrary, SetLastError = true)]
    public static partial int setsockopt(nint socket, int level, int option, void* value, int length);

    [LibraryImport(WinsockLibrary, SetLastError = true)]
    public static partial int getsockopt(nint socket, int level, int option, void* value, int* length);

    [LibraryImport(WinsockLibrary, SetLastError = true)]
    public static partial int ioctlsocket(nint socket, int command, uint* argument);

    [LibraryImport(WinsockLibrary, SetLastError = true)]
    public static partial int WSAIoctl(
        nint socket, uint code, void* input, uint inputLength, void* output, uint outputLength, uint* returned, OVERLAPPED* overlapped, void* completion);

    /// <summary>16 bytes. Port and address in network byte order.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 16)]
    public struct SOCKADDR_IN
    {
        public ushort sin_family;
        public ushort sin_port;
        public uint sin_addr;
    }

    /// <summary>28 bytes. Port and address in network byte order.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct SOCKADDR_IN6
    {
        public ushort sin6_family;
        public ushort sin6_port;
        public uint sin6_flowinfo;
        public fixed byte sin6_addr[16];
        public uint sin6_scope_id;
    }
}
