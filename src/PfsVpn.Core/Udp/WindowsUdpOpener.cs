using System.Runtime.InteropServices;
using PfsVpn.Interop.Windows;
using PfsVpn.Packets;

namespace PfsVpn.Udp;

/// <summary>Opens and binds a UDP socket of Windows with the options that the protocol needs.</summary>
/// <remarks>
/// Threading: any. Errors: Winsock's numbers, 0 for none. References: Microsoft's pages WSASocketW, "Using SO_REUSEADDR and SO_EXCLUSIVEADDRUSE", IPPROTO_IP, IPPROTO_IPV6 and
/// IPPROTO_UDP socket options, "Winsock IOCTLs".
/// </remarks>
internal static unsafe class WindowsUdpOpener
{
    /// <summary>Bytes asked for each socket buffer: what the field's implementations ask for, some 40 ms at 1.4 Gbit/s.</summary>
    private const int BufferLength = 7 << 20;

    /// <summary>Most bytes that arrive as one: as many as a receive has room for.</summary>
    private const int MaxCoalescedLength = 65_535;

    private static readonly Lazy<int> Started = new(Start);

    /// <summary>Opens, configures and binds a socket of a family.</summary>
    /// <param name="isV4">The family.</param>
    /// <param name="address">The address to bind to, of the family; the default value for any.</param>
    /// <param name="port">Port, 0 for any; receives the one that was bound.</param>
    /// <param name="options">Which offloads are used where the system has them.</param>
    /// <param name="channel">The socket, null on an error.</param>
    public static int Open(bool isV4, IpAddress address, ref ushort port, WindowsUdpSocketOptions options, out WindowsUdpChannel? channel)
    {
        channel = null;
        if (Started.Value != 0) return Started.Value;
        var socket = Ws2_32.WSASocketW(
            isV4 ? Ws2_32.AF_INET : Ws2_32.AF_INET6, Ws2_32.SOCK_DGRAM, Ws2_32.IPPROTO_UDP, null, 0, Ws2_32.WSA_FLAG_OVERLAPPED | Ws2_32.WSA_FLAG_NO_HANDLE_INHERIT);
        if (socket == Ws2_32.INVALID_SOCKET) return Marshal.GetLastPInvokeError();
        var error = Configure(socket, isV4);
        if (error == 0) error = Bind(socket, isV4, address, ref port);
        nint receive = 0;
        if (error == 0) error = FindReceive(socket, out receive);
        if (error == 0) error = Complete(socket, isV4, receive, options, out channel);
        if (error != 0) _ = Ws2_32.closesocket(socket);
        return error;
    }

    /// <summary>Winsock for the whole process, up to its end.</summary>
    private static int Start()
    {
        Ws2_32.WSADATA data;
        return Ws2_32.WSAStartup(Ws2_32.WINSOCK_VERSION, &data);
    }

    private static int Complete(nint socket, bool isV4, nint receive, WindowsUdpSocketOptions options, out WindowsUdpChannel? channel)
    {
        channel = null;
        Wish(socket, Ws2_32.SOL_SOCKET, Ws2_32.SO_RCVBUF, BufferLength);
        Wish(socket, Ws2_32.SOL_SOCKET, Ws2_32.SO_SNDBUF, BufferLength);
        try
        {
            channel = new WindowsUdpChannel(new WinsockPort(socket, isV4, receive), Explore(socket, isV4, options));
            return 0;
        }
        catch (IOException)
        {
            return WinsockError.WSAENOBUFS;
        }
    }

    private static int Configure(nint socket, bool isV4)
    {
        uint nonBlocking = 1;
        if (Ws2_32.ioctlsocket(socket, Ws2_32.FIONBIO, &nonBlocking) != 0) return Marshal.GetLastPInvokeError();
        Silence(socket, Ws2_32.SIO_UDP_CONNRESET);
        Silence(socket, Ws2_32.SIO_UDP_NETRESET);

        // What arrives for a port that is held alone cannot be taken by a program that binds it a second time.
        var error = Set(socket, Ws2_32.SOL_SOCKET, Ws2_32.SO_EXCLUSIVEADDRUSE, 1);
        if (error != 0) return error;
        if (isV4)
        {
            // Outer DF is clear: a path with a smaller MTU fragments rather than loses. The older option is what it is by default.
            Wish(socket, Ws2_32.IPPROTO_IP, Ws2_32.IP_DONTFRAGMENT, 0);
            Wish(socket, Ws2_32.IPPROTO_IP, Ws2_32.IP_MTU_DISCOVER, Ws2_32.IP_PMTUDISC_DONT);
            return Set(socket, Ws2_32.IPPROTO_IP, Ws2_32.IP_PKTINFO, 1);
        }
        Wish(socket, Ws2_32.IPPROTO_IPV6, Ws2_32.IPV6_DONTFRAG, 0);
        Wish(socket, Ws2_32.IPPROTO_IPV6, Ws2_32.IPV6_MTU_DISCOVER, Ws2_32.IP_PMTUDISC_DONT);
        error = Set(socket, Ws2_32.IPPROTO_IPV6, Ws2_32.IPV6_V6ONLY, 1);
        return error != 0 ? error : Set(socket, Ws2_32.IPPROTO_IPV6, Ws2_32.IPV6_PKTINFO, 1);
    }

    /// <summary>Finds out what the system can, and sets what is to be set for it.</summary>
    private static WindowsUdpAbilities Explore(nint socket, bool isV4, WindowsUdpSocketOptions options)
    {
        var (level, ecn, tos) = isV4 ? (Ws2_32.IPPROTO_IP, Ws2_32.IP_ECN, Ws2_32.IP_RECVTOS) : (Ws2_32.IPPROTO_IPV6, Ws2_32.IPV6_ECN, Ws2_32.IPV6_RECVTCLASS);
        var hasEcn = Set(socket, level, ecn, 1) == 0;
        if (!hasEcn) Wish(socket, level, tos, 1);

        // Asked for as an option: a system that does not know it would take no notice of the control message, and send one long datagram.
        int value;
        var length = sizeof(int);
        var gso = options.Gso && Ws2_32.getsockopt(socket, Ws2_32.IPPROTO_UDP, Ws2_32.UDP_SEND_MSG_SIZE, &value, &length) == 0;
        var gro = options.Gro && Set(socket, Ws2_32.IPPROTO_UDP, Ws2_32.UDP_RECV_MAX_COALESCED_SIZE, MaxCoalescedLength) == 0;
        return new WindowsUdpAbilities(gso, gro, hasEcn);
    }

    private static int Bind(nint socket, bool isV4, IpAddress address, ref ushort port)
    {
        var name = stackalloc byte[WindowsSocketAddress.Room];
        var any = isV4 ? new IpAddress(0) : new IpAddress(0, 0);
        var length = WindowsSocketAddress.Write(name, new EndpointAddress(address.Family == 0 ? any : address, port));
        if (Ws2_32.bind(socket, name, length) != 0 || Ws2_32.getsockname(socket, name, &length) != 0) return Marshal.GetLastPInvokeError();
        port = WindowsSocketAddress.Read(name).Port;
        return 0;
    }

    private static int FindReceive(nint socket, out nint function)
    {
        var id = Ws2_32.WSAID_WSARECVMSG;
        nint found = 0;
        uint returned;
        var result = Ws2_32.WSAIoctl(socket, Ws2_32.SIO_GET_EXTENSION_FUNCTION_POINTER, &id, (uint)sizeof(Guid), &found, (uint)sizeof(nint), &returned, null, null);
        function = found;
        return result == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <summary>Has receives not tell of what became of earlier sends. A system that does not know that has them passed over one by one.</summary>
    private static void Silence(nint socket, uint code)
    {
        var report = 0;
        uint returned;
        _ = Ws2_32.WSAIoctl(socket, code, &report, sizeof(int), null, 0, &returned, null, null);
    }

    private static int Set(nint socket, int level, int option, int value) =>
        Ws2_32.setsockopt(socket, level, option, &value, sizeof(int)) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>Sets what may be missing.</summary>
    private static void Wish(nint socket, int level, int option, int value) => _ = Set(socket, level, option, value);
}
