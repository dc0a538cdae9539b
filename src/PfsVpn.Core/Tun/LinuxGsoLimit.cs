using PfsVpn.Packets;

namespace PfsVpn.Tun;

/// <summary>How long the super-packets of TCP may be, so that the segments of one fill a UDP send and do not need a second one for the rest.</summary>
/// <remarks>
/// One send carries at most 64 segments and 65,507 bytes, headers and tags of the transport messages included. TCP fills a super-packet with whole segments up to the device's limit
/// less MAX_TCP_HEADER + 1, a constant of the kernel's build between 160 and 448. The limits are therefore set so far above the data of n full segments that even the largest
/// leaves room for n, and the smallest, with the shortest segments (12 bytes of options less), not for n + 1.
/// References: linux/net/core/sock.c, sk_dst_gso_max_size; linux/include/linux/netdevice.h, MAX_HEADER. IFLA_GSO_IPV4_MAX_SIZE: Linux 6.3.
/// Threading: pure functions, but for those with a device.
/// </remarks>
internal static class LinuxGsoLimit
{
    private const int MaxUdpLength = 65_507, MaxSegments = 64;
    private const int Slack = 449;
    private const int V4Headers = 40, V6Headers = 60;

    /// <summary>The kernel's own limit, which is never raised.</summary>
    public const int Default = 65_536;

    /// <summary>Segments of one send.</summary>
    public static int SegmentsOf(int mtu) => Math.Max(1, Math.Min(MaxSegments, MaxUdpLength / (mtu + WireLayout.Header + WireLayout.Tag)));

    /// <summary>The limit in bytes for IPv6, and for both where the kernel knows only one.</summary>
    public static uint V6(int mtu) => Limit(mtu, V6Headers);

    /// <summary>The limit in bytes for IPv4.</summary>
    public static uint V4(int mtu) => Limit(mtu, V4Headers);

    /// <summary>Sets the limits of a device in the calling thread's namespace. A kernel that refuses keeps its own: nothing but speed is lost.</summary>
    public static void Apply(LinuxTunDevice device, int mtu)
    {
        try
        {
            using var locator = new LinuxLinkLocator();
            locator.SetGsoLimit(device, mtu);
        }
        catch (IOException)
        {
            // No netlink socket: the link monitor, which needs one too, says so.
        }
    }

    private static uint Limit(int mtu, int headers) => (uint)Math.Clamp((SegmentsOf(mtu) * (mtu - headers)) + Slack, mtu, Default);
}
