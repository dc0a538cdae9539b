using PfsVpn.Interop;
using PfsVpn.Packets;

namespace PfsVpn.Udp;

/// <summary>Opens UDP sockets on Linux.</summary>
/// <remarks>
/// Namespace: the kernel makes a socket in the namespace of the thread that asks. No thread of the daemon ever enters another one, so that is the
/// namespace in which it was started, wherever its interface has been moved.
/// Exclusiveness: the first socket of a family is bound alone, so that whoever has the port already, or comes later and does not set SO_REUSEPORT, or is
/// another user, hears EADDRINUSE. With several receivers the port is then opened to further sockets: a foreign program of the same user that sets SO_REUSEPORT
/// on purpose could join them. The same holds where a socket was opened beside another of ours.
/// Threading: any.
/// </remarks>
internal sealed class LinuxUdpSocketFactory : IUdpSocketFactory
{
    /// <summary>How often another port is tried where the one that IPv4 was given is taken for IPv6.</summary>
    private const int MaxAttempts = 100;

    private readonly LinuxUdpSocketOptions _options;

    /// <summary>Makes a factory; without options, one receiver for each family and all offloads that the kernel has.</summary>
    public LinuxUdpSocketFactory(LinuxUdpSocketOptions? options = null)
    {
        _options = options ?? new LinuxUdpSocketOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.ReceiversPerFamily, 1, nameof(options));
    }

    /// <inheritdoc/>
    /// <remarks>Those of IPv4 first, then those of IPv6.</remarks>
    public int ReceiverCount => 2 * _options.ReceiversPerFamily;

    /// <inheritdoc/>
    public UdpBatchSize BatchSize => LinuxUdpReceiver.BatchSize;

    /// <inheritdoc/>
    public IUdpSocket Open(UdpBinding binding, IUdpSocket? beside = null)
    {
        ArgumentNullException.ThrowIfNull(binding);
        var shared = beside is LinuxUdpSocket present && present.Port == binding.Port && present.Share() == 0;
        for (var attempt = 1; ; attempt++)
        {
            var bound = binding.Port;
            var v4 = binding.Addresses.WantsV4 ? OpenDescriptor(Libc.AF_INET, binding, shared, ref bound) : -Libc.EAFNOSUPPORT;
            if (v4 < 0 && !IsMissingFamily(-v4, binding.Addresses.V4)) throw new UdpBindException(binding, -v4);
            var v6 = binding.Addresses.WantsV6 ? OpenDescriptor(Libc.AF_INET6, binding, shared, ref bound) : -Libc.EAFNOSUPPORT;
            if (v6 >= 0 || IsMissingFamily(-v6, binding.Addresses.V6))
            {
                if (v4 < 0 && v6 < 0) throw new UdpBindException(binding, -v4);
                return Complete(v4, v6, binding with { Port = bound });
            }
            Close([v4]);
            if (-v6 != Libc.EADDRINUSE || binding.Port != 0 || attempt == MaxAttempts) throw new UdpBindException(binding, -v6);
        }
    }

    private static int OpenDescriptor(int family, UdpBinding binding, bool shared, ref ushort port) =>
        LinuxUdpDescriptor.Open(family, ref port, binding.Mark, shared, binding.Device, family == Libc.AF_INET ? binding.Addresses.V4 : binding.Addresses.V6);

    private LinuxUdpSocket Complete(int firstV4, int firstV6, UdpBinding binding)
    {
        var v4 = new int[_options.ReceiversPerFamily];
        var v6 = new int[_options.ReceiversPerFamily];
        v4.AsSpan().Fill(-1);
        v6.AsSpan().Fill(-1);
        (v4[0], v6[0]) = (Math.Max(firstV4, -1), Math.Max(firstV6, -1));
        try
        {
            Join(Libc.AF_INET, v4, binding);
            Join(Libc.AF_INET6, v6, binding);
            return new LinuxUdpSocket(v4, v6, StartOffloads([.. v4, .. v6]), binding.Port, binding.Mark, binding.Device);
        }
        catch (Exception error) when (error is UdpBindException or IOException)
        {
            // The socket opens eventfds and a netlink socket of its own; what that can fail for is the limit on open files.
            Close([.. v4, .. v6]);
            if (error is UdpBindException) throw;
            throw new UdpBindException(binding, Libc.EMFILE);
        }
    }

    /// <summary>Binds the others of a family beside the first.</summary>
    private static void Join(int family, int[] descriptors, UdpBinding binding)
    {
        if (descriptors.Length == 1 || descriptors[0] < 0) return;
        var port = binding.Port;
        var errno = LinuxUdpDescriptor.Share(descriptors[0]);
        if (errno != 0) throw new UdpBindException(binding, errno);
        for (var index = 1; index < descriptors.Length; index++)
        {
            descriptors[index] = OpenDescriptor(family, binding, shared: true, ref port);
            if (descriptors[index] < 0) throw new UdpBindException(binding, -descriptors[index]);
        }
    }

    private LinuxUdpOffloads StartOffloads(ReadOnlySpan<int> descriptors)
    {
        var (gso, gro) = (_options.Gso, _options.Gro);
        foreach (var descriptor in descriptors)
        {
            if (descriptor < 0) continue;
            gso = gso && LinuxUdpDescriptor.CanSegment(descriptor);
            gro = gro && LinuxUdpDescriptor.TryCoalesce(descriptor);
        }
        return new LinuxUdpOffloads(gso, gro);
    }

    private static void Close(ReadOnlySpan<int> descriptors)
    {
        foreach (var descriptor in descriptors)
            if (descriptor >= 0) _ = Libc.close(descriptor);
    }

    /// <summary>Whether an errno says that the host does not have the family: a kernel without it, or a sysctl that turns it off. Where an address is asked for, it is to be had.</summary>
    private static bool IsMissingFamily(int errno, in IpAddress wanted) =>
        wanted.Family == 0 && errno is Libc.EAFNOSUPPORT or Libc.EPROTONOSUPPORT or Libc.EADDRNOTAVAIL or Libc.ENOPROTOOPT;
}
