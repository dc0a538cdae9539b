using PfsVpn.Interop;
using PfsVpn.Packets;

namespace PfsVpn.Udp;

/// <summary>Asks the routing table whether a sticky source still holds.</summary>
/// <remarks>
/// Two questions (RTM_GETROUTE): is the source address one of the host's, and does the route to the remote, with that source and the mark,
/// leave by the interface that the last datagram came in on. Where the kernel gives no answer, or has no route at all, the source stays:
/// the kernel's own WireGuard lets go of it in the same two cases only.
/// Threading: any, one call at a time inside.
/// </remarks>
internal sealed class LinuxSourceCheck : IDisposable
{
    private readonly NetlinkSocket _socket = new();
    private readonly byte[] _answer = new byte[NetlinkSocket.BufferLength];
    private readonly byte[] _request = new byte[128];
    private readonly Lock _lock = new();
    private uint _sequence;

    /// <summary>Whether the endpoint's source still holds, for a socket that is bound to the interface with number <paramref name="device"/>, 0 for none.</summary>
    public bool IsValid(Endpoint endpoint, ushort localPort, uint mark, uint device = 0)
    {
        if (endpoint.Source.IsNone) return true;
        lock (_lock) return IsLocal(endpoint.Source) && LeavesByInterface(endpoint, localPort, mark, device);
    }

    /// <summary>Closes the netlink socket.</summary>
    public void Dispose() => _socket.Dispose();

    private bool IsLocal(in LocalSource source)
    {
        var request = Begin(source.Address, sourceLength: 0);
        if (source.Address.IsV6LinkLocal) request.Attribute(Libc.RTA_OIF, source.InterfaceIndex);
        var errno = Ask(request, out var route, out _);
        return errno == 0 ? route.rtm_type == Libc.RTN_LOCAL : IsNoAnswer(errno);
    }

    private bool LeavesByInterface(Endpoint endpoint, ushort localPort, uint mark, uint device)
    {
        var remote = endpoint.Remote;
        Span<byte> source = stackalloc byte[16];
        source = source[..endpoint.Source.Address.Write(source)];
        var request = Begin(remote.Address, source.Length * 8);
        request.Attribute(Libc.RTA_SRC, source);
        if (mark != 0) request.Attribute(Libc.RTA_MARK, mark);
        var leavesBy = remote.ScopeId != 0 ? remote.ScopeId : device;
        if (leavesBy != 0) request.Attribute(Libc.RTA_OIF, leavesBy);
        request.Attribute(Libc.RTA_IP_PROTO, [Libc.IPPROTO_UDP]);
        request.PortAttribute(Libc.RTA_SPORT, localPort);
        request.PortAttribute(Libc.RTA_DPORT, remote.Port);
        var errno = Ask(request, out var route, out var interfaceIndex);
        if (errno != 0) return errno != Libc.EINVAL;

        // To an address of this very host the route leaves by lo, while the datagram counts as arrived by the address's own interface.
        return route.rtm_type == Libc.RTN_LOCAL || endpoint.Source.InterfaceIndex == 0 || interfaceIndex == endpoint.Source.InterfaceIndex;
    }

    private NetlinkRequest Begin(IpAddress destination, int sourceLength)
    {
        var request = new NetlinkRequest(_request, Libc.RTM_GETROUTE, 0, ++_sequence);
        request.Append(new Libc.rtmsg
        {
            rtm_family = (byte)(destination.IsV4 ? Libc.AF_INET : Libc.AF_INET6),
            rtm_dst_len = (byte)destination.BitLength,
            rtm_src_len = (byte)sourceLength,
        });
        Span<byte> bytes = stackalloc byte[16];
        request.Attribute(Libc.RTA_DST, bytes[..destination.Write(bytes)]);
        return request;
    }

    private int Ask(in NetlinkRequest request, out Libc.rtmsg route, out uint interfaceIndex)
    {
        route = default;
        interfaceIndex = 0;
        var length = _socket.Ask(request.Finish(), _sequence, _answer);
        if (length < 0) return -length;
        var reader = new NetlinkReader(_answer.AsSpan(0, length));
        if (!reader.MoveNext() || !reader.TryRead(out route, out var attributes)) return Libc.EAGAIN;
        if (NetlinkReader.TryFind(attributes, Libc.RTA_OIF, out int index)) interfaceIndex = (uint)index;
        return 0;
    }

    private static bool IsNoAnswer(int errno) => errno is Libc.EAGAIN or Libc.ENOBUFS or Libc.ENOMEM;
}
