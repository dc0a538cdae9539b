using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using PfsVpn.Interop;

namespace PfsVpn.Tun;

/// <summary>Opens and examines TUN descriptors; turns each errno into a sentence that says what to do.</summary>
/// <remarks>References: Documentation/networking/tuntap.rst, netdevice(7). Threading: any.</remarks>
internal static unsafe class LinuxTunSetup
{
    /// <summary>Opens /dev/net/tun and attaches it to the interface, which is made where it does not exist. Returns a non-blocking descriptor.</summary>
    /// <param name="name">The interface's name.</param>
    /// <param name="wantsHeaders">Ask for virtio-net headers; a kernel that has none gives bare packets.</param>
    /// <param name="wantsQueues">Ask for an interface that takes more queues. One that exists is taken as it is.</param>
    /// <param name="flags">What was agreed on: IFF_VNET_HDR, IFF_MULTI_QUEUE.</param>
    /// <exception cref="TunException">The name is no interface name, the interface is in use, or the system refuses.</exception>
    public static int Open(string name, bool wantsHeaders, bool wantsQueues, out int flags)
    {
        CheckName(name);
        var descriptor = OpenCloneDevice();
        uint features;
        if (Libc.ioctl(descriptor, Libc.TUNGETFEATURES, &features) < 0) features = 0;
        flags = Libc.IFF_TUN | Libc.IFF_NO_PI;
        if (wantsHeaders) flags |= (int)features & Libc.IFF_VNET_HDR;
        if (wantsQueues) flags |= (int)features & Libc.IFF_MULTI_QUEUE;
        var errno = AttachFirst(descriptor, name, flags);
        // An interface that is persistent may be of the other kind, and only that kind of descriptor goes with it.
        if (errno == Libc.EINVAL && (features & Libc.IFF_MULTI_QUEUE) != 0)
        {
            flags ^= Libc.IFF_MULTI_QUEUE;
            errno = AttachFirst(descriptor, name, flags);
        }
        if (errno == 0) return descriptor;
        _ = Libc.close(descriptor);
        throw new TunException(AttachMessage(name, errno), errno);
    }

    /// <summary>Attaches one more queue to an interface of ours; false where the system has no more.</summary>
    public static bool TryOpenAnother(string name, int flags, out int descriptor)
    {
        descriptor = OpenCloneDevice();
        if (Attach(descriptor, name, flags) == 0) return true;
        _ = Libc.close(descriptor);
        return false;
    }

    /// <summary>Checks that a descriptor from elsewhere is a TUN, and makes it non-blocking and close-on-exec. Returns the flags it was opened with.</summary>
    /// <exception cref="TunException">It is none.</exception>
    public static int Adopt(int descriptor)
    {
        Libc.ifreq request = default;
        if (Libc.ioctl(descriptor, Libc.TUNGETIFF, &request) < 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            throw new TunException(errno == Libc.EBADFD
                ? $"Descriptor {descriptor} is of /dev/net/tun but belongs to no interface: attach it with TUNSETIFF, or its interface was deleted."
                : $"Descriptor {descriptor} is not a TUN device: {Describe(errno)}.", errno);
        }
        var flags = (ushort)request.ifr_flags;
        if ((flags & Libc.IFF_TUN) == 0) throw new TunException($"Descriptor {descriptor} is a TAP device; a TUN device (IFF_TUN) is needed.");
        // Whether it was opened with IFF_NO_PI cannot be seen: TUNGETIFF uses the same bit for IFF_NOFILTER.
        var status = Libc.fcntl(descriptor, Libc.F_GETFL, 0);
        if (status < 0 || Libc.fcntl(descriptor, Libc.F_SETFL, status | Libc.O_NONBLOCK) < 0 || Libc.fcntl(descriptor, Libc.F_SETFD, Libc.FD_CLOEXEC) < 0)
            throw new TunException($"Descriptor {descriptor} cannot be made non-blocking: {Describe(Marshal.GetLastPInvokeError())}.", Marshal.GetLastPInvokeError());
        return flags;
    }

    /// <summary>An exception for the call that failed last on this thread.</summary>
    public static TunException Failure(string what)
    {
        var errno = Marshal.GetLastPInvokeError();
        return new TunException($"{what}: {Describe(errno)}.", errno);
    }

    /// <summary>The name of a descriptor's interface; null where the interface is gone.</summary>
    public static string? ReadName(int descriptor)
    {
        Libc.ifreq request = default;
        if (Libc.ioctl(descriptor, Libc.TUNGETIFF, &request) < 0) return null;
        return Marshal.PtrToStringUTF8((nint)request.ifr_name);
    }

    /// <summary>Sets the MTU of an interface of this namespace.</summary>
    /// <exception cref="TunException">The system refuses.</exception>
    public static void SetMtu(string name, int mtu)
    {
        var socket = Libc.socket(Libc.AF_INET, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, 0);
        if (socket < 0) throw new TunException($"A socket for setting up {name} cannot be opened: {Describe(Marshal.GetLastPInvokeError())}.", Marshal.GetLastPInvokeError());
        Libc.ifreq request = default;
        WriteName(ref request, name);
        request.ifr_mtu = mtu;
        var errno = Libc.ioctl(socket, Libc.SIOCSIFMTU, &request) < 0 ? Marshal.GetLastPInvokeError() : 0;
        _ = Libc.close(socket);
        if (errno != 0) throw new TunException($"The MTU of {name} cannot be set to {mtu}: {Describe(errno)}.", errno);
    }

    /// <summary>
    /// Attaches the first queue. The kernel lets anybody with the right attach one more to an interface with several: that somebody else has it must be found out, before
    /// the system gives us his packets, and once more afterwards, as two may have looked at the same time.
    /// </summary>
    private static int AttachFirst(int descriptor, string name, int flags)
    {
        if ((flags & Libc.IFF_MULTI_QUEUE) == 0) return Attach(descriptor, name, flags);
        LinuxLinkLocator locator;
        try
        {
            locator = new LinuxLinkLocator();
        }
        catch (IOException)
        {
            return Libc.ENOBUFS;
        }
        using var closing = locator;
        if (locator.CountQueues(name) > 0) return Libc.EBUSY;
        var errno = Attach(descriptor, name, flags);
        return errno == 0 && ReadName(descriptor) is { } given && locator.CountQueues(given) > 1 ? Libc.EBUSY : errno;
    }

    private static int Attach(int descriptor, string name, int flags)
    {
        Libc.ifreq request = default;
        WriteName(ref request, name);
        request.ifr_flags = (short)flags;
        return Libc.ioctl(descriptor, Libc.TUNSETIFF, &request) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    private static int OpenCloneDevice()
    {
        int descriptor;
        fixed (byte* path = "/dev/net/tun\0"u8) descriptor = Libc.open(path, Libc.O_RDWR | Libc.O_NONBLOCK | Libc.O_CLOEXEC);
        if (descriptor >= 0) return descriptor;
        var errno = Marshal.GetLastPInvokeError();
        throw new TunException(errno switch
        {
            Libc.ENOENT => "/dev/net/tun does not exist: load the module with 'modprobe tun'; in a container, pass the device in (--device /dev/net/tun).",
            Libc.ENODEV or Libc.ENXIO => "/dev/net/tun exists, but the kernel has no TUN driver: load it with 'modprobe tun'.",
            Libc.EPERM or Libc.EACCES => "/dev/net/tun may not be opened: run as root; in a container, pass the device in (--device /dev/net/tun) and add the capability NET_ADMIN.",
            _ => $"/dev/net/tun cannot be opened: {Describe(errno)}.",
        }, errno);
    }

    private static string AttachMessage(string name, int errno) => errno switch
    {
        Libc.EBUSY => $"The interface {name} is in use by another program: end it, or choose another name.",
        Libc.EPERM or Libc.EACCES => $"The interface {name} may not be created: run as root or with the capability CAP_NET_ADMIN.",
        Libc.EINVAL => $"The interface {name} exists and is not a TUN device of the same kind: choose another name, or remove it with 'ip link del {name}'.",
        _ => $"The interface {name} cannot be created: {Describe(errno)}.",
    };

    private static void CheckName(string name)
    {
        var length = Encoding.UTF8.GetByteCount(name);
        if (length is 0 or >= Libc.IFNAMSIZ)
            throw new TunException($"'{name}' is no interface name: it must have 1 to {Libc.IFNAMSIZ - 1} bytes and has {length}.", length == 0 ? Libc.EINVAL : Libc.ENAMETOOLONG);
        var plain = name.Replace("%d", "", StringComparison.Ordinal);
        var patterns = (name.Length - plain.Length) / 2;
        if (name is "." or ".." || patterns > 1 || plain.AsSpan().ContainsAny("/:%\0") || plain.Any(char.IsWhiteSpace))
            throw new TunException($"'{name}' is no interface name: '/', ':', '%' and white space are not allowed, except one '%d' for a number that the system chooses.", Libc.EINVAL);
    }

    private static void WriteName(ref Libc.ifreq request, string name)
    {
        fixed (byte* start = request.ifr_name) Encoding.UTF8.GetBytes(name, new Span<byte>(start, Libc.IFNAMSIZ - 1));
    }

    private static string Describe(int errno) => $"{new Win32Exception(errno).Message} (error {errno})";
}
