namespace PfsVpn.Interop.Windows;

/// <summary>Options of sockets, and the types of control messages, which often have the number of their option: <c>ws2def.h</c>, <c>ws2ipdef.h</c>, <c>ws2tcpip.h</c>.</summary>
/// <remarks>References: Microsoft's pages SOL_SOCKET, IPPROTO_IP, IPPROTO_IPV6 and IPPROTO_UDP socket options. Each value is 4 bytes.</remarks>
internal static unsafe partial class Ws2_32
{
    public const int SOL_SOCKET = 0xFFFF, IPPROTO_IP = 0, IPPROTO_UDP = 17, IPPROTO_IPV6 = 41;

    public const int SO_SNDBUF = 0x1001, SO_RCVBUF = 0x1002, SO_EXCLUSIVEADDRUSE = ~0x0004;

    public const int IP_TOS = 3, IP_DONTFRAGMENT = 14, IP_PKTINFO = 19, IP_RECVTOS = 40;
    public const int IPV6_DONTFRAG = 14, IPV6_PKTINFO = 19, IPV6_V6ONLY = 27, IPV6_TCLASS = 39, IPV6_RECVTCLASS = 40;

    /// <summary>The interface by which datagrams leave: its index, in network byte order for IPv4, in the machine's for IPv6. 0 for the routing table's choice.</summary>
    public const int IP_UNICAST_IF = 31, IPV6_UNICAST_IF = 31;

    /// <summary>The two bits of congestion notification: the option asks for them (IP_RECVECN), a control message has them. Windows 10 from build 19041 on.</summary>
    public const int IP_ECN = 50, IPV6_ECN = 50;

    /// <summary>PMTUD_STATE. Windows 10 from build 17134 on.</summary>
    public const int IP_MTU_DISCOVER = 71, IPV6_MTU_DISCOVER = 71, IP_PMTUDISC_DONT = 2;

    /// <summary>The length by which what is sent is cut into datagrams: as an option for the socket, as a control message for one send. Windows 10 from build 19041 on.</summary>
    public const int UDP_SEND_MSG_SIZE = 2;

    /// <summary>The most bytes that arrive as one, 0 for datagram by datagram. Windows 10 from build 19041 on.</summary>
    public const int UDP_RECV_MAX_COALESCED_SIZE = 3;

    /// <summary>A control message: the length of each datagram but the last in what arrived as one.</summary>
    public const int UDP_COALESCED_INFO = 3;
}
