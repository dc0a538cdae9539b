using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using PfsVpn.Interop.Windows;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Windows.Native;

/// <summary>What <see cref="NativeResolver"/> is on Windows: Winsock's look-ups, with errors as getaddrinfo(3) has them.</summary>
/// <remarks>References: Microsoft's page GetAddrInfoW. Threading: any thread.</remarks>
internal static unsafe class WindowsNames
{
    private const int AF_INET = 2, AF_INET6 = 23, SOCK_DGRAM = 2, IPPROTO_UDP = 17, AI_PASSIVE = 1;

    /// <inheritdoc cref="NativeResolver.ResolveAll"/>
    public static int ResolveAll(string? host, string service, out IReadOnlyList<EndpointAddress> endpoints)
    {
        endpoints = [];
        // The framework starts Winsock with this.
        _ = Socket.OSSupportsIPv4;
        var hints = new Ws2_32.ADDRINFOW { ai_flags = host is null ? AI_PASSIVE : 0, ai_socktype = SOCK_DGRAM, ai_protocol = IPPROTO_UDP };
        Ws2_32.ADDRINFOW* results;
        fixed (char* hostName = host, serviceName = service)
        {
            var error = Ws2_32.GetAddrInfoW(hostName, serviceName, &hints, &results);
            if (error != 0) return ErrorOf(error);
        }
        var found = new List<EndpointAddress>();
        for (var result = results; result is not null; result = result->ai_next)
        {
            if (TryRead(result->ai_family, new ReadOnlySpan<byte>(result->ai_addr, (int)result->ai_addrlen), out var endpoint)) found.Add(endpoint);
        }
        Ws2_32.FreeAddrInfoW(results);
        endpoints = found;
        return found.Count != 0 ? 0 : NativeResolver.EAI_ADDRFAMILY;
    }

    /// <summary>The words of the C library for its errors.</summary>
    public static string Describe(int error) => error switch
    {
        NativeResolver.EAI_NONAME => "Name or service not known",
        NativeResolver.EAI_AGAIN => "Temporary failure in name resolution",
        NativeResolver.EAI_FAIL => "Non-recoverable failure in name resolution",
        NativeResolver.EAI_NODATA => "No address associated with hostname",
        NativeResolver.EAI_SERVICE => "Servname not supported for ai_socktype",
        NativeResolver.EAI_ADDRFAMILY => "Address family for hostname not supported",
        _ => Marshal.GetPInvokeErrorMessage(error).TrimEnd('.', ' '),
    };

    /// <summary>The error of getaddrinfo(3) that says what one of Winsock does; others stay what they are.</summary>
    internal static int ErrorOf(int error) => error switch
    {
        Ws2_32.WSAHOST_NOT_FOUND => NativeResolver.EAI_NONAME,
        Ws2_32.WSATRY_AGAIN => NativeResolver.EAI_AGAIN,
        Ws2_32.WSANO_RECOVERY => NativeResolver.EAI_FAIL,
        Ws2_32.WSANO_DATA => NativeResolver.EAI_NODATA,
        Ws2_32.WSATYPE_NOT_FOUND => NativeResolver.EAI_SERVICE,
        Ws2_32.WSAEAFNOSUPPORT => NativeResolver.EAI_ADDRFAMILY,
        _ => error,
    };

    /// <summary>SOCKADDR_IN: family 2, port 2, address 4. SOCKADDR_IN6: family 2, port 2, flow 4, address 16, scope 4.</summary>
    internal static bool TryRead(int family, ReadOnlySpan<byte> address, out EndpointAddress endpoint)
    {
        endpoint = default;
        if (family is not (AF_INET or AF_INET6)) return false;
        var port = BinaryPrimitives.ReadUInt16BigEndian(address[2..]);
        endpoint = family == AF_INET
            ? new EndpointAddress(IpAddress.Read(address.Slice(4, 4)), port)
            : new EndpointAddress(IpAddress.Read(address.Slice(8, 16)), port, MemoryMarshal.Read<uint>(address[24..]));
        return true;
    }
}
