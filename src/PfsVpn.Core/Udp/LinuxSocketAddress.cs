using System.Buffers.Binary;
using PfsVpn.Interop;
using PfsVpn.Packets;

namespace PfsVpn.Udp;

/// <summary>Socket addresses in the kernel's form.</summary>
/// <remarks>Sizes: 16 bytes (sockaddr_in), 28 bytes (sockaddr_in6); a buffer of <see cref="Room"/> takes either. References: ip(7), ipv6(7).</remarks>
internal static unsafe class LinuxSocketAddress
{
    /// <summary>Bytes to keep for one address.</summary>
    public const int Room = 32;

    /// <summary>Writes an address and returns its length.</summary>
    public static uint Write(byte* destination, in EndpointAddress address)
    {
        if (address.Address.IsV4)
        {
            *(Libc.sockaddr_in*)destination = new Libc.sockaddr_in
            {
                sin_family = Libc.AF_INET,
                sin_port = BinaryPrimitives.ReverseEndianness(address.Port),
                sin_addr = BinaryPrimitives.ReverseEndianness(address.Address.V4),
            };
            return (uint)sizeof(Libc.sockaddr_in);
        }
        var v6 = (Libc.sockaddr_in6*)destination;
        *v6 = new Libc.sockaddr_in6
        {
            sin6_family = Libc.AF_INET6,
            sin6_port = BinaryPrimitives.ReverseEndianness(address.Port),
            sin6_scope_id = address.ScopeId,
        };
        WriteV6(v6->sin6_addr, address.Address);
        return (uint)sizeof(Libc.sockaddr_in6);
    }

    /// <summary>Reads an address that the kernel wrote. The kernel sets the scope for link-local addresses only.</summary>
    public static EndpointAddress Read(byte* source)
    {
        if (((Libc.sockaddr_in*)source)->sin_family == Libc.AF_INET)
        {
            var v4 = (Libc.sockaddr_in*)source;
            return new EndpointAddress(ReadV4(v4->sin_addr), BinaryPrimitives.ReverseEndianness(v4->sin_port));
        }
        var v6 = (Libc.sockaddr_in6*)source;
        return new EndpointAddress(ReadV6(v6->sin6_addr), BinaryPrimitives.ReverseEndianness(v6->sin6_port), v6->sin6_scope_id);
    }

    /// <summary>An IPv4 address from its number in network order.</summary>
    public static IpAddress ReadV4(uint networkOrder) => new(BinaryPrimitives.ReverseEndianness(networkOrder));

    /// <summary>An IPv6 address from its 16 bytes.</summary>
    public static IpAddress ReadV6(byte* bytes) =>
        new(BinaryPrimitives.ReverseEndianness(*(ulong*)bytes), BinaryPrimitives.ReverseEndianness(*(ulong*)(bytes + 8)));

    /// <summary>Writes the 16 bytes of an IPv6 address.</summary>
    public static void WriteV6(byte* bytes, IpAddress address)
    {
        *(ulong*)bytes = BinaryPrimitives.ReverseEndianness(address.High);
        *(ulong*)(bytes + 8) = BinaryPrimitives.ReverseEndianness(address.Low);
    }
}
