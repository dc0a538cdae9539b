using System.Runtime.InteropServices;
using System.Text;
using PfsVpn.Interop;

namespace PfsVpn.Tun;

/// <summary>Finds the network namespace that a TUN's interface is in now, and gives that namespace an id by which netlink can be asked about it.</summary>
/// <remarks>
/// How: TUNGETDEVNETNS gives a descriptor of the namespace, RTM_NEWNSID an id for it in our own, and RTM_GETLINK takes that id as
/// IFLA_TARGET_NETNSID. CAP_NET_ADMIN over the namespace suffices; nobody has to enter it, which would take CAP_SYS_ADMIN. Once the namespace
/// has an id, its events reach a socket that listens to all namespaces.
/// Threading: one thread at a time.
/// </remarks>
internal sealed unsafe class LinuxLinkLocator : IDisposable
{
    private readonly NetlinkSocket _socket = new();
    private readonly byte[] _buffer = new byte[NetlinkSocket.BufferLength];
    private readonly ulong _homeNamespace;
    private uint _sequence;

    /// <summary>Remembers the namespace of the calling thread as home.</summary>
    /// <exception cref="IOException">No netlink socket can be opened.</exception>
    public LinuxLinkLocator()
    {
        var descriptor = Libc.ioctl(_socket.Descriptor, Libc.SIOCGSKNS, null);
        if (descriptor < 0)
            fixed (byte* path = "/proc/thread-self/ns/net\0"u8) descriptor = Libc.open(path, Libc.O_CLOEXEC);
        _homeNamespace = CloseAndIdentify(descriptor);
    }

    /// <summary>Where the interface is now.</summary>
    public LinuxLinkPlace Locate(LinuxTunDevice device)
    {
        Libc.ifreq request = default;
        if (device.Control(Libc.TUNGETIFF, &request) < 0) return LinuxLinkPlace.Gone;
        var name = Marshal.PtrToStringUTF8((nint)request.ifr_name) ?? "";
        var descriptor = device.Control(Libc.TUNGETDEVNETNS, null);
        if (descriptor == -Libc.EBADFD) return LinuxLinkPlace.Gone;

        // An old kernel, or a namespace over which we have no rights: a look at home is all there is.
        if (descriptor < 0) return new LinuxLinkPlace(LinuxLinkPresence.Assumed, name, _homeNamespace, Libc.NETNSA_NSID_NOT_ASSIGNED);

        var id = NamespaceId(descriptor);
        var identity = CloseAndIdentify(descriptor);
        if (identity == _homeNamespace) return new LinuxLinkPlace(LinuxLinkPresence.Known, name, identity, Libc.NETNSA_NSID_NOT_ASSIGNED);
        return new LinuxLinkPlace(id < 0 ? LinuxLinkPresence.Unreachable : LinuxLinkPresence.Known, name, identity, id);
    }

    /// <summary>Writes the request for the state of the interface at a place.</summary>
    public static ReadOnlySpan<byte> LinkRequest(Span<byte> buffer, uint sequence, in LinuxLinkPlace place)
    {
        var request = new NetlinkRequest(buffer, Libc.RTM_GETLINK, 0, sequence);
        AppendPlace(ref request, place);
        request.Attribute(Libc.IFLA_EXT_MASK, Libc.RTEXT_FILTER_SKIP_STATS);
        return request.Finish();
    }

    /// <summary>The interface's MTU, wherever it is; null where that cannot be found out.</summary>
    public int? ReadMtu(LinuxTunDevice device)
    {
        var place = Locate(device);
        if (place.Presence is LinuxLinkPresence.Gone or LinuxLinkPresence.Unreachable) return null;
        Span<byte> request = stackalloc byte[128];
        var length = _socket.Ask(LinkRequest(request, ++_sequence, place), _sequence, _buffer);
        if (length < 0) return null;
        var reader = new NetlinkReader(_buffer.AsSpan(0, length));
        return reader.MoveNext() && reader.TryRead<Libc.ifinfomsg>(out _, out var attributes)
            && NetlinkReader.TryFind(attributes, Libc.IFLA_MTU, out int mtu) ? mtu : null;
    }

    /// <summary>Sets the longest super-packets of an interface to what <see cref="LinuxGsoLimit"/> says for its MTU. Failure is no matter.</summary>
    /// <remarks>Only at home: elsewhere it would have to be done from inside, as a namespace in RTM_SETLINK is where the interface is to be moved.</remarks>
    public void SetGsoLimit(LinuxTunDevice device, int mtu)
    {
        var place = Locate(device);
        if (place.Presence != LinuxLinkPresence.Known || place.NamespaceId >= 0) return;
        Span<byte> buffer = stackalloc byte[128];
        var request = new NetlinkRequest(buffer, Libc.RTM_SETLINK, Libc.NLM_F_ACK, ++_sequence);
        AppendPlace(ref request, place);
        request.Attribute(Libc.IFLA_GSO_MAX_SIZE, LinuxGsoLimit.V6(mtu));
        request.Attribute(Libc.IFLA_GSO_IPV4_MAX_SIZE, LinuxGsoLimit.V4(mtu));
        _ = _socket.Ask(request.Finish(), _sequence, _buffer);
    }

    /// <summary>How many descriptors are attached to a TUN with several queues in the home namespace; null where that is unknown or it has one queue.</summary>
    public int? CountQueues(string name)
    {
        Span<byte> request = stackalloc byte[128];
        var place = new LinuxLinkPlace(LinuxLinkPresence.Assumed, name, _homeNamespace, Libc.NETNSA_NSID_NOT_ASSIGNED);
        var length = _socket.Ask(LinkRequest(request, ++_sequence, place), _sequence, _buffer);
        if (length < 0) return null;
        var reader = new NetlinkReader(_buffer.AsSpan(0, length));
        return reader.MoveNext() && reader.TryRead<Libc.ifinfomsg>(out _, out var attributes)
            && NetlinkReader.TryFind(attributes, Libc.IFLA_LINKINFO, out ReadOnlySpan<byte> info)
            && NetlinkReader.TryFind(info, Libc.IFLA_INFO_DATA, out ReadOnlySpan<byte> data)
            && NetlinkReader.TryFind(data, Libc.IFLA_TUN_NUM_QUEUES, out int queues)
            && NetlinkReader.TryFind(data, Libc.IFLA_TUN_NUM_DISABLED_QUEUES, out int disabled) ? queues + disabled : null;
    }

    /// <summary>Closes its socket.</summary>
    public void Dispose() => _socket.Dispose();

    private static void AppendPlace(ref NetlinkRequest request, in LinuxLinkPlace place)
    {
        request.Append(default(Libc.ifinfomsg));
        Span<byte> name = stackalloc byte[Libc.IFNAMSIZ];
        name.Clear();
        Encoding.UTF8.TryGetBytes(place.Name, name[..(Libc.IFNAMSIZ - 1)], out _);
        request.Attribute(Libc.IFLA_IFNAME, name);
        if (place.NamespaceId >= 0) request.Attribute(Libc.IFLA_TARGET_NETNSID, (uint)place.NamespaceId);
    }

    /// <summary>The id by which our namespace knows another; it is given one where it has none. Negative where that fails.</summary>
    private int NamespaceId(int descriptor)
    {
        var id = AskForNamespaceId(descriptor);
        if (id >= 0) return id;
        Span<byte> buffer = stackalloc byte[64];
        var request = new NetlinkRequest(buffer, Libc.RTM_NEWNSID, Libc.NLM_F_ACK, ++_sequence);
        request.Append(0);
        request.Attribute(Libc.NETNSA_FD, (uint)descriptor);
        request.Attribute(Libc.NETNSA_NSID, unchecked((uint)Libc.NETNSA_NSID_NOT_ASSIGNED));
        _ = _socket.Ask(request.Finish(), _sequence, _buffer);
        return AskForNamespaceId(descriptor);
    }

    private int AskForNamespaceId(int descriptor)
    {
        Span<byte> buffer = stackalloc byte[64];
        var request = new NetlinkRequest(buffer, Libc.RTM_GETNSID, 0, ++_sequence);
        request.Append(0);
        request.Attribute(Libc.NETNSA_FD, (uint)descriptor);
        var length = _socket.Ask(request.Finish(), _sequence, _buffer);
        if (length < 0) return length;
        var reader = new NetlinkReader(_buffer.AsSpan(0, length));
        return reader.MoveNext() && reader.TryRead<int>(out _, out var attributes)
            && NetlinkReader.TryFind(attributes, Libc.NETNSA_NSID, out int id) ? id : Libc.NETNSA_NSID_NOT_ASSIGNED;
    }

    /// <summary>The inode of a namespace, which is its identity, and closes its descriptor: an open one would keep the namespace alive.</summary>
    private static ulong CloseAndIdentify(int descriptor)
    {
        if (descriptor < 0) return 0;
        var stat = stackalloc byte[Libc.StatSizeAtMost];
        var identity = Libc.fstat(descriptor, stat) == 0 ? *(ulong*)(stat + Libc.StatInodeOffset) : 0;
        _ = Libc.close(descriptor);
        return identity;
    }
}
