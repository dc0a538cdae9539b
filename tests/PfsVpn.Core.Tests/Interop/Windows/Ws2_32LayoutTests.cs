using System.Runtime.CompilerServices;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Tests.Interop.Windows;

/// <summary>Sizes, offsets and values as a C program prints them, x64 (winsock2.h, ws2ipdef.h, ws2tcpip.h, mswsock.h).</summary>
public sealed unsafe class Ws2_32LayoutTests
{
    [Fact]
    public void Structures_have_the_sizes_of_the_headers()
    {
        Assert.Equal(408, sizeof(Ws2_32.WSADATA));
        Assert.Equal(16, sizeof(Ws2_32.WSABUF));
        Assert.Equal(56, sizeof(Ws2_32.WSAMSG));
        Assert.Equal(16, sizeof(Ws2_32.WSACMSGHDR));
        Assert.Equal(8, sizeof(Ws2_32.IN_PKTINFO));
        Assert.Equal(20, sizeof(Ws2_32.IN6_PKTINFO));
        Assert.Equal(32, sizeof(Ws2_32.OVERLAPPED));
        Assert.Equal(16, sizeof(Ws2_32.SOCKADDR_IN));
        Assert.Equal(28, sizeof(Ws2_32.SOCKADDR_IN6));
        Assert.Equal(16, sizeof(Ws2_32.WSAPOLLFD));
    }

    [Fact]
    public void Messages_have_the_offsets_of_the_headers()
    {
        Ws2_32.WSAMSG message = default;
        Assert.Equal(8, Offset(ref message, ref message.namelen));
        Assert.Equal(16, (int)((byte*)&message.lpBuffers - (byte*)&message));
        Assert.Equal(24, Offset(ref message, ref message.dwBufferCount));
        Assert.Equal(32, Offset(ref message, ref message.Control));
        Assert.Equal(48, Offset(ref message, ref message.dwFlags));
        Ws2_32.WSABUF buffer = default;
        Assert.Equal(8, (int)((byte*)&buffer.buf - (byte*)&buffer));
        Ws2_32.WSACMSGHDR control = default;
        Assert.Equal(8, Offset(ref control, ref control.cmsg_level));
        Assert.Equal(12, Offset(ref control, ref control.cmsg_type));
        Ws2_32.IN_PKTINFO v4 = default;
        Assert.Equal(4, Offset(ref v4, ref v4.ipi_ifindex));
        Ws2_32.IN6_PKTINFO v6 = default;
        Assert.Equal(16, Offset(ref v6, ref v6.ipi6_ifindex));
        Ws2_32.OVERLAPPED overlapped = default;
        Assert.Equal(8, Offset(ref overlapped, ref overlapped.InternalHigh));
        Assert.Equal(24, Offset(ref overlapped, ref overlapped.hEvent));
    }

    [Fact]
    public void Addresses_have_the_offsets_of_the_headers()
    {
        Ws2_32.SOCKADDR_IN v4 = default;
        Assert.Equal(2, Offset(ref v4, ref v4.sin_port));
        Assert.Equal(4, Offset(ref v4, ref v4.sin_addr));
        Ws2_32.SOCKADDR_IN6 v6 = default;
        Assert.Equal(2, Offset(ref v6, ref v6.sin6_port));
        Assert.Equal(4, Offset(ref v6, ref v6.sin6_flowinfo));
        Assert.Equal(8, Offset(ref v6, ref v6.sin6_addr[0]));
        Assert.Equal(24, Offset(ref v6, ref v6.sin6_scope_id));
        Ws2_32.WSAPOLLFD poll = default;
        Assert.Equal(8, Offset(ref poll, ref poll.events));
        Assert.Equal(10, Offset(ref poll, ref poll.revents));
    }

    [Fact]
    public void Options_have_the_values_of_the_headers()
    {
        Assert.Equal((2, 23, 2), (Ws2_32.AF_INET, Ws2_32.AF_INET6, Ws2_32.SOCK_DGRAM));
        Assert.Equal((0xFFFF, 0, 17, 41), (Ws2_32.SOL_SOCKET, Ws2_32.IPPROTO_IP, Ws2_32.IPPROTO_UDP, Ws2_32.IPPROTO_IPV6));
        Assert.Equal((0x1001, 0x1002, -5), (Ws2_32.SO_SNDBUF, Ws2_32.SO_RCVBUF, Ws2_32.SO_EXCLUSIVEADDRUSE));
        Assert.Equal((3, 14, 19, 31, 40, 50, 71), (Ws2_32.IP_TOS, Ws2_32.IP_DONTFRAGMENT, Ws2_32.IP_PKTINFO, Ws2_32.IP_UNICAST_IF, Ws2_32.IP_RECVTOS, Ws2_32.IP_ECN, Ws2_32.IP_MTU_DISCOVER));
        Assert.Equal((14, 19, 27, 31), (Ws2_32.IPV6_DONTFRAG, Ws2_32.IPV6_PKTINFO, Ws2_32.IPV6_V6ONLY, Ws2_32.IPV6_UNICAST_IF));
        Assert.Equal((39, 40, 50, 71, 2), (Ws2_32.IPV6_TCLASS, Ws2_32.IPV6_RECVTCLASS, Ws2_32.IPV6_ECN, Ws2_32.IPV6_MTU_DISCOVER, Ws2_32.IP_PMTUDISC_DONT));
        Assert.Equal((2, 3, 3), (Ws2_32.UDP_SEND_MSG_SIZE, Ws2_32.UDP_RECV_MAX_COALESCED_SIZE, Ws2_32.UDP_COALESCED_INFO));
    }

    [Fact]
    public void Codes_have_the_values_of_the_headers()
    {
        Assert.Equal((0xC8000006u, 0x9800000Cu, 0x9800000Fu), (Ws2_32.SIO_GET_EXTENSION_FUNCTION_POINTER, Ws2_32.SIO_UDP_CONNRESET, Ws2_32.SIO_UDP_NETRESET));
        Assert.Equal(0x8004667Eu, unchecked((uint)Ws2_32.FIONBIO));
        Assert.Equal((0x01u, 0x80u), (Ws2_32.WSA_FLAG_OVERLAPPED, Ws2_32.WSA_FLAG_NO_HANDLE_INHERIT));
        Assert.Equal(new Guid("f689d7c8-6f1f-436b-8a53-e54fe351c322"), Ws2_32.WSAID_WSARECVMSG);
        Assert.Equal((0xFFFF_FFFFu, 0u, 258u), (Ws2_32.WSA_INFINITE, Ws2_32.WSA_WAIT_EVENT_0, Ws2_32.WSA_WAIT_TIMEOUT));
        Assert.Equal(0x10, Ws2_32.POLLWRNORM);
        Assert.Equal((nuint)259, Ws2_32.STATUS_PENDING);
        Assert.Equal((995, 997, 10004, 10009), (WinsockError.WSA_OPERATION_ABORTED, WinsockError.WSA_IO_PENDING, WinsockError.WSAEINTR, WinsockError.WSAEBADF));
        Assert.Equal((10013, 10022, 10024, 10035), (WinsockError.WSAEACCES, WinsockError.WSAEINVAL, WinsockError.WSAEMFILE, WinsockError.WSAEWOULDBLOCK));
        Assert.Equal((10038, 10040, 10042, 10043), (WinsockError.WSAENOTSOCK, WinsockError.WSAEMSGSIZE, WinsockError.WSAENOPROTOOPT, WinsockError.WSAEPROTONOSUPPORT));
        Assert.Equal((10045, 10047, 10048, 10049), (WinsockError.WSAEOPNOTSUPP, WinsockError.WSAEAFNOSUPPORT, WinsockError.WSAEADDRINUSE, WinsockError.WSAEADDRNOTAVAIL));
        Assert.Equal((10050, 10051, 10052, 10054), (WinsockError.WSAENETDOWN, WinsockError.WSAENETUNREACH, WinsockError.WSAENETRESET, WinsockError.WSAECONNRESET));
        Assert.Equal((10055, 10058, 10061), (WinsockError.WSAENOBUFS, WinsockError.WSAESHUTDOWN, WinsockError.WSAECONNREFUSED));
        Assert.Equal((10064, 10065), (WinsockError.WSAEHOSTDOWN, WinsockError.WSAEHOSTUNREACH));
    }

    private static int Offset<TStructure, TField>(ref TStructure structure, ref TField field) =>
        (int)Unsafe.ByteOffset(ref Unsafe.As<TStructure, byte>(ref structure), ref Unsafe.As<TField, byte>(ref field));
}
