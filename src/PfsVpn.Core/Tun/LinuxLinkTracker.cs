using PfsVpn.Interop;

namespace PfsVpn.Tun;

/// <summary>Knows the tunnel's interface by namespace and index, and turns netlink's messages about it into calls of the observer.</summary>
/// <remarks>
/// Every message is applied in the order of the socket. Where the identity is lost (a move, an overrun of the socket) the interface is located
/// anew and its state asked for on the same socket: whatever lies before the answer is older than it, whatever lies behind is newer.
/// Threading: the monitor's thread only.
/// </remarks>
internal sealed class LinuxLinkTracker(LinuxTunDevice device, LinuxLinkLocator locator, NetlinkSocket events, ILinkObserver observer)
{
    private const int MaxAttempts = 5;
    private readonly byte[] _request = new byte[128];
    private LinuxLinkPlace _asked;
    private uint _sequence;
    private int _failures;
    private ulong _namespace;
    private int _namespaceId;
    private int _index;
    private bool? _isUp;
    private int _mtu;

    /// <summary>Whether the interface exists no more; that was reported.</summary>
    public bool IsDeleted { get; private set; }

    /// <summary>Whether its events can be heard at all: it is in our namespace, or in one that netlink can be asked about.</summary>
    public bool IsVisible { get; private set; }

    /// <summary>Whether it is in another namespace than ours.</summary>
    public bool IsElsewhere => !IsVisible || _namespaceId >= 0;

    /// <summary>Locates the interface and asks for its state; the answer comes by <see cref="Accept"/>.</summary>
    public void Ask()
    {
        for (var attempt = 0; attempt < MaxAttempts && !IsDeleted; attempt++)
        {
            _asked = locator.Locate(device);
            if (_asked.Presence == LinuxLinkPresence.Gone) ReportDeleted();
            else if (_asked.Presence == LinuxLinkPresence.Unreachable) LoseSight();
            else if (events.Send(LinuxLinkLocator.LinkRequest(_request, ++_sequence, _asked)) != 0 || locator.Locate(device) != _asked) continue;
            return;
        }
    }

    /// <summary>Takes one datagram of the event socket.</summary>
    public void Accept(ReadOnlySpan<byte> datagram, int namespaceId)
    {
        var reader = new NetlinkReader(datagram);
        while (!IsDeleted && reader.MoveNext())
        {
            var isAnswer = reader.Header.nlmsg_pid == events.PortId;
            if (isAnswer && reader.Header.nlmsg_seq != _sequence) continue;
            if (isAnswer && reader.Header.nlmsg_type == Libc.NLMSG_ERROR) AskAgain();
            else if (reader.Header.nlmsg_type is Libc.RTM_NEWLINK or Libc.RTM_DELLINK
                && reader.TryRead<Libc.ifinfomsg>(out var link, out var attributes)
                && link.ifi_family == Libc.AF_UNSPEC)
            {
                if (isAnswer) Adopt(link, attributes);
                else if (link.ifi_index == _index && namespaceId == _namespaceId) Follow(reader.Header.nlmsg_type, link, attributes);
            }
        }
    }

    /// <summary>Says once that the interface exists no more.</summary>
    public void ReportDeleted()
    {
        if (IsDeleted) return;
        IsDeleted = true;
        observer.LinkDeleted();
    }

    private void Adopt(in Libc.ifinfomsg link, ReadOnlySpan<byte> attributes)
    {
        var moved = _namespace != 0 && _namespace != _asked.Namespace;
        _failures = 0;
        IsVisible = true;
        _namespace = _asked.Namespace;
        _namespaceId = _asked.NamespaceId;
        _index = link.ifi_index;
        if (moved) observer.LinkMoved();
        Apply(link, attributes);
    }

    private void Follow(ushort type, in Libc.ifinfomsg link, ReadOnlySpan<byte> attributes)
    {
        if (type == Libc.RTM_NEWLINK)
        {
            Apply(link, attributes);
            return;
        }
        _index = 0;
        if (NetlinkReader.TryFind(attributes, Libc.IFLA_NEW_NETNSID, out int _)) Ask();
        else ReportDeleted();
    }

    private void Apply(in Libc.ifinfomsg link, ReadOnlySpan<byte> attributes)
    {
        if (NetlinkReader.TryFind(attributes, Libc.IFLA_IFNAME, out ReadOnlySpan<byte> name)) ApplyName(name);
        if (NetlinkReader.TryFind(attributes, Libc.IFLA_MTU, out int mtu) && mtu != _mtu)
        {
            // The first report is of what the device was set up with, its limit included.
            var isChange = _mtu != 0;
            _mtu = mtu;
            device.SetMtu(mtu);
            if (isChange && device.Offloads.Tso) locator.SetGsoLimit(device, mtu);
            observer.MtuChanged(mtu);
        }
        ApplyUp((link.ifi_flags & Libc.IFF_UP) != 0);
    }

    private void ApplyName(ReadOnlySpan<byte> name)
    {
        var text = System.Text.Encoding.UTF8.GetString(name.TrimEnd((byte)0));
        if (text != device.Name) device.SetName(text);
    }

    private void ApplyUp(bool isUp)
    {
        if (isUp == _isUp) return;
        _isUp = isUp;
        if (isUp) observer.LinkUp();
        else observer.LinkDown();
    }

    /// <summary>The name was not there: the interface was renamed or moved between the look and the question.</summary>
    private void AskAgain()
    {
        if (++_failures < MaxAttempts) Ask();
        else LoseSight();
    }

    /// <summary>
    /// The interface lives where nobody tells us its state (another user namespace, a kernel before 5.8). It is taken to be up: a tunnel that
    /// works is better than one that cannot know, and the TUN itself gives no packets while it is down.
    /// </summary>
    private void LoseSight()
    {
        _failures = 0;
        _index = 0;
        if (IsVisible || _isUp is null)
        {
            IsVisible = false;
            if (_namespace != 0) observer.LinkMoved();
            else observer.MtuChanged(device.Mtu);
            _namespace = ulong.MaxValue;
            ApplyUp(true);
        }
    }
}
