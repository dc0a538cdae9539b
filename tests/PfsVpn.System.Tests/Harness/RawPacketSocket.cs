using System.Net;
using System.Net.Sockets;

namespace PfsVpn.SystemTests.Harness;

/// <summary>Puts bytes on an interface as they are, past the kernel's own IP: they reach the daemon behind a TUN unchecked.</summary>
public sealed class RawPacketSocket : IDisposable
{
    private const int EthernetProtocolIp = 0x0800;
    private readonly Socket _socket;
    private readonly LinkEndPoint _target;

    private RawPacketSocket(Socket socket, LinkEndPoint target) => (_socket, _target) = (socket, target);

    /// <summary>Must be called inside the namespace of the interface.</summary>
    public static RawPacketSocket Open(string interfaceName)
    {
        var index = Syscalls.InterfaceIndex(interfaceName);
        return new RawPacketSocket(new Socket(AddressFamily.Packet, SocketType.Raw, ProtocolType.Unspecified), new LinkEndPoint(index));
    }

    /// <summary>Sends one packet.</summary>
    public void Send(ReadOnlySpan<byte> packet) => _socket.SendTo(packet, SocketFlags.None, _target.Serialize());

    public void Dispose() => _socket.Dispose();

    /// <summary>struct sockaddr_ll.</summary>
    private sealed class LinkEndPoint(int index) : EndPoint
    {
        public override AddressFamily AddressFamily => AddressFamily.Packet;

        public override SocketAddress Serialize()
        {
            var address = new SocketAddress(AddressFamily.Packet, 20);
            address[2] = EthernetProtocolIp >> 8;
            address[3] = EthernetProtocolIp & 255;
            for (var i = 0; i < 4; i++) address[4 + i] = (byte)(index >> (8 * i));
            return address;
        }
    }
}
