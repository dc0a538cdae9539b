using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>Look-ups of names: <c>ws2tcpip.h</c>.</summary>
/// <remarks>References: Microsoft's pages GetAddrInfoW, ADDRINFOW. Winsock must have been started; the framework does that with its first socket.</remarks>
internal static unsafe partial class Ws2_32
{
    public const int WSATRY_AGAIN = 11002, WSAHOST_NOT_FOUND = 11001, WSANO_RECOVERY = 11003, WSANO_DATA = 11004, WSATYPE_NOT_FOUND = 10109, WSAEAFNOSUPPORT = 10047;

    /// <summary>Returns 0 or an error of Winsock.</summary>
    [LibraryImport("ws2_32.dll")]
    public static partial int GetAddrInfoW(char* host, char* service, ADDRINFOW* hints, ADDRINFOW** results);

    [LibraryImport("ws2_32.dll")]
    public static partial void FreeAddrInfoW(ADDRINFOW* results);

    /// <summary>48 bytes.</summary>
    public struct ADDRINFOW
    {
        public int ai_flags, ai_family, ai_socktype, ai_protocol;
        public nuint ai_addrlen;
        public char* ai_canonname;
        public byte* ai_addr;
        public ADDRINFOW* ai_next;
    }
}
