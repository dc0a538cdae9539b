using System.Buffers.Binary;
using PfsVpn.Interop.Windows;
using PfsVpn.Packets;

namespace PfsVpn.Udp;

/// <summary>Socket addresses in Winsock's form.</summary>
/// <remarks>Sizes: 16 bytes (SOCKADDR_IN), 28 bytes (SOCKADDR_IN6); a buffer of <see cref="Room"/> takes either. Reference: Microsoft's page "sockaddr".</remarks>
internal static unsafe class WindowsSocketAddress
{
    /// <summary>Bytes to keep for one address.</summary>
    public const int Room = 32;

    /// <summary>Writes an address and returns its length.</summary>
    public static int Write(byte* destination, in EndpointAddress address)
    {
        if (address.Address.IsV4)
        {
            *(Ws2_32.SOCKADDR_IN*)destination = new Ws2_32.SOCKADDR_IN
            {
                sin_family = Ws2_32.AF_INET,
                sin_port = BinaryPrimitives.ReverseEndianness(address.Port),
                sin_addr = WriteV4(address.Address),
            };
            return sizeof(Ws2_32.SOCKADDR_IN);
        }
        var v6 = (Ws2_32.SOCKADDR_IN6*)destination;
        *v6 = new Ws2_32.SOCKADDR_IN6
        {
            sin6_family = Ws2_32.AF_INET6,
            sin6_port = BinaryPrimitives.ReverseEndianness(address.Port),
            sin6_scope_id = address.ScopeId,
        };
        WriteV6(v6->sin6_addr, address.Address);
        return sizeof(Ws2_32.SOCKADDR_IN6);
    }

    /// <summary>Reads an address that the system wrote. The scope counts for link-local addresses only: elsewhere it would make two endpoints of one.</summary>
    public static EndpointAddress Read(byte* source)
    {
        if (((Ws2_32.SOCKADDR_IN*)source)->sin_family == Ws2_32.AF_INET)
        {
            var v4 = (Ws2_32.SOCKADDR_IN*)source;
            return new EndpointAddress(ReadV4(v4->sin_addr), BinaryPrimitives.ReverseEndianness(v4->sin_port));
        }
        var v6 = (Ws2_32.SOCKADDR_IN6*)source;
        var address = ReadV6(v6->sin6_addr);
        return new EndpointAddress(address, BinaryPrimitives.ReverseEndianness(v6->sin6_port), address.IsV6LinkLocal ? v6->sin6_scope_id : 0);
    }

    /// <summary>An IPv4 address from its number in network order.</summary>
    public static IpAddress ReadV4(uint networkOrder) => new(BinaryPrimitives.ReverseEndianness(networkOrder));

    /// <summary>An IPv4 address as a number in network order.</summary>
    public static uint WriteV4(IpAddress address) => BinaryPrimitives.ReverseEndianness(address.V4);

    /// <summary>An IPv6 address from its 16 bytes.</summary>
    public static IpAddress ReadV6(byte* bytes) => IpAddress.Read(new ReadOnlySpan<byte>(bytes, 16));

    /// <summary>Writes the 16 bytes of an IPv6 address.</summary>
    public static void WriteV6(byte* bytes, IpAddress address) => address.Write(new Span<byte>(bytes, 16));
}
