using PfsVpn.Interop;

namespace PfsVpn.Udp;

/// <summary>Opens UDP sockets on Linux.</summary>
/// <remarks>
/// Namespace: the kernel makes a socket in the namespace of the thread that asks. No thread of the daemon ever enters another one, so that is the
/// namespace in which it was started, wherever its interface has been moved.
/// Threading: any.
/// </remarks>
public sealed class LinuxUdpSocketFactory : IUdpSocketFactory
{
    /// <summary>How often another port is tried where the one that IPv4 was given is taken for IPv6.</summary>
    private const int MaxAttempts = 100;

    /// <inheritdoc/>
    public int ReceiverCount => 1;

    /// <inheritdoc/>
    public IUdpSocket Open(ushort port, uint mark)
    {
        for (var attempt = 1; ; attempt++)
        {
            var bound = port;
            var v4 = LinuxUdpOptions.Open(Libc.AF_INET, ref bound, mark);
            if (v4 < 0 && !IsMissingFamily(-v4)) throw new UdpBindException(port, -v4);
            var v6 = LinuxUdpOptions.Open(Libc.AF_INET6, ref bound, mark);
            if (v6 >= 0 || IsMissingFamily(-v6))
            {
                if (v4 < 0 && v6 < 0) throw new UdpBindException(port, -v4);
                return Wrap(v4, v6, bound, mark);
            }
            Close(v4);
            if (-v6 != Libc.EADDRINUSE || port != 0 || attempt == MaxAttempts) throw new UdpBindException(port, -v6);
        }
    }

    private static LinuxUdpSocket Wrap(int v4, int v6, ushort port, uint mark)
    {
        try
        {
            return new LinuxUdpSocket(v4, v6, port, mark);
        }
        catch (IOException)
        {
            // It opens an eventfd and a netlink socket of its own; what that can fail for is the limit on open files.
            Close(v4);
            Close(v6);
            throw new UdpBindException(port, Libc.EMFILE);
        }
    }

    private static void Close(int descriptor)
    {
        if (descriptor >= 0) _ = Libc.close(descriptor);
    }

    /// <summary>Whether an errno says that the host does not have the family: a kernel without it, or a sysctl that turns it off.</summary>
    private static bool IsMissingFamily(int errno) =>
        errno is Libc.EAFNOSUPPORT or Libc.EPROTONOSUPPORT or Libc.EADDRNOTAVAIL or Libc.ENOPROTOOPT;
}
