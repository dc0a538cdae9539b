using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>Datagrams with control messages, and receives in the background: <c>ws2def.h</c>, <c>mswsock.h</c>, <c>minwinbase.h</c>.</summary>
/// <remarks>
/// References: Microsoft's pages WSASendMsg, LPFN_WSARECVMSG, WSAMSG, WSACMSGHDR, WSABUF, IN_PKTINFO, IN6_PKTINFO, WSAGetOverlappedResult.
/// Layouts are those of 64-bit systems. WSARecvMsg has no export: <see cref="SIO_GET_EXTENSION_FUNCTION_POINTER"/> gives it.
/// </remarks>
internal static unsafe partial class Ws2_32
{
    /// <summary>Of OVERLAPPED.Internal: the system still has it.</summary>
    public const nuint STATUS_PENDING = 0x103;

    [LibraryImport(WinsockLibrary, SetLastError = true)]
    public static partial int WSASendMsg(nint socket, WSAMSG* message, uint flags, uint* sent, OVERLAPPED* overlapped, void* completion);

    /// <summary>Returns a BOOL.</summary>
    [LibraryImport(WinsockLibrary, SetLastError = true)]
    public static partial int WSAGetOverlappedResult(nint socket, OVERLAPPED* overlapped, uint* transferred, int wait, uint* flags);

    /// <summary>16 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct WSABUF
    {
        public uint len;
        public byte* buf;
    }

    /// <summary>56 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct WSAMSG
    {
        public void* name;
        public int namelen;
        public WSABUF* lpBuffers;
        public uint dwBufferCount;
        public WSABUF Control;
        public uint dwFlags;
    }

    /// <summary>16 bytes; the data follow at once, and the next header is at a multiple of 8. The length is that of header and data.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct WSACMSGHDR
    {
        public nuint cmsg_len;
        public int cmsg_level;
        public int cmsg_type;
    }

    /// <summary>8 bytes. Address in network byte order.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct IN_PKTINFO
    {
        public uint ipi_addr;
        public uint ipi_ifindex;
    }

    /// <summary>20 bytes. Address in network byte order.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct IN6_PKTINFO
    {
        public fixed byte ipi6_addr[16];
        public uint ipi6_ifindex;
    }

    /// <summary>32 bytes. Stays where it is, with the buffers of its operation, while <see cref="Internal"/> is <see cref="STATUS_PENDING"/>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct OVERLAPPED
    {
        public nuint Internal;
        public nuint InternalHigh;
        public uint Offset;
        public uint OffsetHigh;
        public nint hEvent;
    }
}
