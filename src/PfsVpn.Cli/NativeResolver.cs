using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using PfsVpn.Cli.Windows.Native;
using PfsVpn.Packets;

namespace PfsVpn.Cli;

/// <summary>Look-ups of the C library: <c>netdb.h</c>, <c>arpa/inet.h</c>. Its own, not the framework's, because the distinction between its errors decides about retries.</summary>
/// <remarks>References: getaddrinfo(3), inet_ntop(3). Layouts and values are those of glibc on 64-bit Linux; on Windows <see cref="WindowsNames"/> says the same with the same errors.</remarks>
internal static unsafe partial class NativeResolver
{
    public const int EAI_NONAME = -2, EAI_AGAIN = -3, EAI_FAIL = -4, EAI_NODATA = -5, EAI_SERVICE = -8, EAI_ADDRFAMILY = -9, EAI_SYSTEM = -11;

    private const string Library = "libc";
    private const int AF_UNSPEC = 0, AF_INET = 2, AF_INET6 = 10, SOCK_DGRAM = 2, IPPROTO_UDP = 17, AI_PASSIVE = 1;
    private const int LongestIpv6 = 46;

    /// <summary>Looks a host (null for none) and a port or service up. Returns 0 and the first address, or an error of getaddrinfo.</summary>
    public static int Resolve(string? host, string service, out EndpointAddress endpoint)
    {
        var error = ResolveAll(host, service, out var endpoints);
        endpoint = error == 0 ? endpoints[0] : default;
        return error;
    }

    /// <summary>The same with all addresses, in the order of RFC 6724. Returns 0 and at least one, or an error of getaddrinfo.</summary>
    public static int ResolveAll(string? host, string service, out IReadOnlyList<EndpointAddress> endpoints)
    {
        if (OperatingSystem.IsWindows()) return WindowsNames.ResolveAll(host, service, out endpoints);
        endpoints = [];
        var hints = new AddressInfo { Flags = host is null ? AI_PASSIVE : 0, Family = AF_UNSPEC, SocketType = SOCK_DGRAM, Protocol = IPPROTO_UDP };
        AddressInfo* results;
        fixed (byte* hostName = host is null ? null : NativeFile.Terminated(host))
        fixed (byte* serviceName = NativeFile.Terminated(service))
        {
            var error = getaddrinfo(hostName, serviceName, &hints, &results);
            if (error != 0) return error;
        }
        var found = new List<EndpointAddress>();
        for (var result = results; result is not null; result = result->Next)
            if (TryRead(result, out var endpoint)) found.Add(endpoint);
        freeaddrinfo(results);
        endpoints = found;
        return found.Count != 0 ? 0 : EAI_ADDRFAMILY;
    }

    /// <summary>The C library's words for an error of <see cref="Resolve"/>.</summary>
    public static string Describe(int error) => OperatingSystem.IsWindows() ? WindowsNames.Describe(error) : error == EAI_SYSTEM
        ? NativeFile.Describe(Marshal.GetLastPInvokeError())
        : Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(gai_strerror(error)));

    /// <summary>The text of an address, as <c>wg</c> prints it.</summary>
    public static string Format(IpAddress address)
    {
        if (OperatingSystem.IsWindows()) return address.ToString();
        Span<byte> bytes = stackalloc byte[16];
        bytes = bytes[..address.Write(bytes)];
        var text = stackalloc byte[LongestIpv6];
        fixed (byte* source = bytes) _ = inet_ntop(address.IsV4 ? AF_INET : AF_INET6, source, text, LongestIpv6);
        return Encoding.ASCII.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));
    }

    /// <summary>The text of an endpoint, as <c>wg</c> prints and sends it: a scope is shown by its interface's name, on Windows by its number.</summary>
    public static string Format(in EndpointAddress endpoint)
    {
        var address = Format(endpoint.Address);
        if (endpoint.Address.IsV4) return $"{address}:{endpoint.Port}";
        if (endpoint.ScopeId == 0) return $"[{address}]:{endpoint.Port}";
        return $"[{address}%{NativeSocket.InterfaceName(endpoint.ScopeId) ?? $"{endpoint.ScopeId}"}]:{endpoint.Port}";
    }

    private static bool TryRead(AddressInfo* info, out EndpointAddress endpoint)
    {
        endpoint = default;
        // sockaddr_in: family 2, port 2, address 4. sockaddr_in6: family 2, port 2, flow 4, address 16, scope 4.
        var socketAddress = new ReadOnlySpan<byte>(info->Address, (int)info->AddressLength);
        if (info->Family is not (AF_INET or AF_INET6)) return false;
        var port = BinaryPrimitives.ReadUInt16BigEndian(socketAddress[2..]);
        endpoint = info->Family == AF_INET
            ? new EndpointAddress(IpAddress.Read(socketAddress.Slice(4, 4)), port)
            : new EndpointAddress(IpAddress.Read(socketAddress.Slice(8, 16)), port, MemoryMarshal.Read<uint>(socketAddress[24..]));
        return true;
    }

    [LibraryImport(Library, SetLastError = true)]
    private static partial int getaddrinfo(byte* host, byte* service, AddressInfo* hints, AddressInfo** results);

    [LibraryImport(Library)]
    private static partial void freeaddrinfo(AddressInfo* results);

    [LibraryImport(Library)]
    private static partial byte* gai_strerror(int error);

    [LibraryImport(Library, SetLastError = true)]
    private static partial byte* inet_ntop(int family, byte* source, byte* destination, uint size);

    /// <summary><c>struct addrinfo</c>.</summary>
    private struct AddressInfo
    {
        public int Flags;
        public int Family;
        public int SocketType;
        public int Protocol;
        public uint AddressLength;
        public byte* Address;
        public byte* CanonicalName;
        public AddressInfo* Next;
    }
}
