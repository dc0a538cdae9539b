namespace PfsVpn.Interop.Windows;

/// <summary>Errors of Windows Sockets: <c>winerror.h</c>.</summary>
/// <remarks>Reference: Microsoft's page "Windows Sockets Error Codes".</remarks>
internal static class WinsockError
{
    public const int WSA_OPERATION_ABORTED = 995, WSA_IO_PENDING = 997;
    public const int WSAEINTR = 10004, WSAEBADF = 10009, WSAEACCES = 10013, WSAEINVAL = 10022, WSAEMFILE = 10024, WSAEWOULDBLOCK = 10035;
    public const int WSAENOTSOCK = 10038, WSAEMSGSIZE = 10040, WSAENOPROTOOPT = 10042, WSAEPROTONOSUPPORT = 10043, WSAEOPNOTSUPP = 10045;
    public const int WSAEAFNOSUPPORT = 10047, WSAEADDRINUSE = 10048, WSAEADDRNOTAVAIL = 10049, WSAENETDOWN = 10050, WSAENETUNREACH = 10051;
    public const int WSAENETRESET = 10052, WSAECONNRESET = 10054, WSAENOBUFS = 10055, WSAESHUTDOWN = 10058, WSAECONNREFUSED = 10061;
    public const int WSAEHOSTDOWN = 10064, WSAEHOSTUNREACH = 10065;
}
