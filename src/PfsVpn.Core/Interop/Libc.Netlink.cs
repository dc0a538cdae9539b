using System.Runtime.InteropServices;

namespace PfsVpn.Interop;

/// <summary>The kernel's tables of links, addresses and routes: <c>linux/netlink.h</c>, <c>linux/rtnetlink.h</c>, <c>linux/if_link.h</c>, <c>linux/net_namespace.h</c>.</summary>
/// <remarks>References: netlink(7), rtnetlink(7). Every length is rounded up to 4 bytes before the next header.</remarks>
internal static unsafe partial class Libc
{
    public const int NETLINK_ROUTE = 0, SOL_NETLINK = 270, NETLINK_LISTEN_ALL_NSID = 8;

    public const ushort NLMSG_ERROR = 2, NLMSG_DONE = 3, NLM_F_REQUEST = 1, NLM_F_ACK = 4;
    public const ushort RTM_NEWLINK = 16, RTM_DELLINK = 17, RTM_GETLINK = 18, RTM_SETLINK = 19, RTM_NEWROUTE = 24, RTM_GETROUTE = 26, RTM_NEWNSID = 88, RTM_GETNSID = 90;

    public const uint RTMGRP_LINK = 1, RTMGRP_IPV4_IFADDR = 0x10, RTMGRP_IPV4_ROUTE = 0x40, RTMGRP_IPV4_RULE = 0x80;
    public const uint RTMGRP_IPV6_IFADDR = 0x100, RTMGRP_IPV6_ROUTE = 0x400;

    /// <summary>As masks: RTNLGRP_IPV6_RULE is group 19, RTNLGRP_NEXTHOP is group 32.</summary>
    public const uint RTMGRP_IPV6_RULE = 1u << 18, RTMGRP_NEXTHOP = 1u << 31;

    public const ushort IFLA_IFNAME = 3, IFLA_MTU = 4, IFLA_EXT_MASK = 29, IFLA_NEW_NETNSID = 45, IFLA_TARGET_NETNSID = 46;
    public const ushort IFLA_LINKINFO = 18, IFLA_INFO_DATA = 2, IFLA_GSO_MAX_SIZE = 41, IFLA_GSO_IPV4_MAX_SIZE = 63;

    /// <summary>Of <c>linux/if_link.h</c> too: the queues of a TUN with IFF_MULTI_QUEUE, in its IFLA_INFO_DATA.</summary>
    public const ushort IFLA_TUN_NUM_QUEUES = 8, IFLA_TUN_NUM_DISABLED_QUEUES = 9;
    public const uint RTEXT_FILTER_SKIP_STATS = 8;
    public const ushort RTA_DST = 1, RTA_SRC = 2, RTA_OIF = 4, RTA_MARK = 16, RTA_IP_PROTO = 27, RTA_SPORT = 28, RTA_DPORT = 29;
    public const ushort NETNSA_NSID = 1, NETNSA_FD = 3;
    public const byte RTN_LOCAL = 2;

    /// <summary>No id: in a request "choose one", in an answer "has none".</summary>
    public const int NETNSA_NSID_NOT_ASSIGNED = -1;

    /// <summary>12 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct @sockaddr_nl
    {
        public ushort nl_family;
        public ushort nl_pad;
        public uint nl_pid;
        public uint nl_groups;
    }

    /// <summary>16 bytes. The length counts the header too.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct @nlmsghdr
    {
        public uint nlmsg_len;
        public ushort nlmsg_type;
        public ushort nlmsg_flags;
        public uint nlmsg_seq;
        public uint nlmsg_pid;
    }

    /// <summary>4 bytes. The length counts the header too.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct @rtattr
    {
        public ushort rta_len;
        public ushort rta_type;
    }

    /// <summary>16 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct @ifinfomsg
    {
        public byte ifi_family;
        public byte ifi_pad;
        public ushort ifi_type;
        public int ifi_index;
        public uint ifi_flags;
        public uint ifi_change;
    }

    /// <summary>12 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct @rtmsg
    {
        public byte rtm_family;
        public byte rtm_dst_len;
        public byte rtm_src_len;
        public byte rtm_tos;
        public byte rtm_table;
        public byte rtm_protocol;
        public byte rtm_scope;
        public byte rtm_type;
        public uint rtm_flags;
    }
}
