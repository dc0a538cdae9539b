using System.ComponentModel;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Udp;

/// <summary>What the control interface hears of a port that Windows did not give: the numbers are Linux's, as <c>wg</c> knows them, the words are Windows' own.</summary>
internal static class WindowsBindError
{
    private const int EIO = 5, ENOMEM = 12, ENODEV = 19, EINVAL = 22, EMFILE = 24, EAFNOSUPPORT = 97, EADDRINUSE = 98, EADDRNOTAVAIL = 99;

    /// <summary>The binding names an interface that is not there.</summary>
    public static UdpBindException NoDevice(UdpBinding binding) => new(binding, ENODEV, "there is no interface of that name");

    /// <summary>Binding failed with an error of Winsock.</summary>
    public static UdpBindException From(UdpBinding binding, int error) => new(binding, Errno(error), $"{new Win32Exception(error).Message.TrimEnd('.')} ({error})");

    /// <summary>Whether the port is taken: by another socket, by one that holds it alone, or by the system, which reserves ranges of ports.</summary>
    public static bool IsTaken(int error) => error is WinsockError.WSAEADDRINUSE or WinsockError.WSAEACCES;

    /// <summary>The number that the control interface answers.</summary>
    internal static int Errno(int error) => error switch
    {
        WinsockError.WSAEADDRINUSE or WinsockError.WSAEACCES => EADDRINUSE,
        WinsockError.WSAEADDRNOTAVAIL => EADDRNOTAVAIL,
        WinsockError.WSAEAFNOSUPPORT or WinsockError.WSAEPROTONOSUPPORT => EAFNOSUPPORT,
        WinsockError.WSAEMFILE => EMFILE,
        WinsockError.WSAENOBUFS => ENOMEM,
        WinsockError.WSAEINVAL => EINVAL,
        _ => EIO,
    };
}
