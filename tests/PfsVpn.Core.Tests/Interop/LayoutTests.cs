using System.Runtime.CompilerServices;
using PfsVpn.Interop;

namespace PfsVpn.Tests.Interop;

/// <summary>Sizes and offsets as a C program prints them with sizeof and offsetof on x86-64 and ARM64.</summary>
public sealed unsafe class LayoutTests
{
    [Fact]
    public void Socket_structures_have_the_sizes_of_the_C_headers()
    {
        Assert.Equal(16, sizeof(Libc.iovec));
        Assert.Equal(56, sizeof(Libc.msghdr));
        Assert.Equal(64, sizeof(Libc.mmsghdr));
        Assert.Equal(16, sizeof(Libc.cmsghdr));
        Assert.Equal(16, sizeof(Libc.sockaddr_in));
        Assert.Equal(28, sizeof(Libc.sockaddr_in6));
        Assert.Equal(12, sizeof(Libc.in_pktinfo));
        Assert.Equal(20, sizeof(Libc.in6_pktinfo));
    }

    [Fact]
    public void Message_headers_have_the_offsets_of_the_C_headers()
    {
        Libc.mmsghdr m = default;
        Assert.Equal(8, Offset(ref m, ref m.msg_hdr.msg_namelen));
        Assert.Equal(24, Offset(ref m, ref m.msg_hdr.msg_iovlen));
        Assert.Equal(40, Offset(ref m, ref m.msg_hdr.msg_controllen));
        Assert.Equal(48, Offset(ref m, ref m.msg_hdr.msg_flags));
        Assert.Equal(56, Offset(ref m, ref m.msg_len));
        Assert.Equal(16, (int)((byte*)&m.msg_hdr.msg_iov - (byte*)&m));
        Assert.Equal(32, (int)((byte*)&m.msg_hdr.msg_control - (byte*)&m));
        Libc.iovec part = default;
        Assert.Equal(8, Offset(ref part, ref part.iov_len));
        Libc.cmsghdr control = default;
        Assert.Equal(8, Offset(ref control, ref control.cmsg_level));
        Assert.Equal(12, Offset(ref control, ref control.cmsg_type));
    }

    [Fact]
    public void Addresses_have_the_offsets_of_the_C_headers()
    {
        Libc.sockaddr_in v4 = default;
        Assert.Equal(2, Offset(ref v4, ref v4.sin_port));
        Assert.Equal(4, Offset(ref v4, ref v4.sin_addr));
        Libc.sockaddr_in6 v6 = default;
        Assert.Equal(2, Offset(ref v6, ref v6.sin6_port));
        Assert.Equal(4, Offset(ref v6, ref v6.sin6_flowinfo));
        Assert.Equal(8, Offset(ref v6, ref v6.sin6_addr[0]));
        Assert.Equal(24, Offset(ref v6, ref v6.sin6_scope_id));
        Libc.in_pktinfo info4 = default;
        Assert.Equal(4, Offset(ref info4, ref info4.ipi_spec_dst));
        Assert.Equal(8, Offset(ref info4, ref info4.ipi_addr));
        Libc.in6_pktinfo info6 = default;
        Assert.Equal(16, Offset(ref info6, ref info6.ipi6_ifindex));
    }

    [Fact]
    public void Netlink_structures_have_the_layout_of_the_C_headers()
    {
        Assert.Equal(12, sizeof(Libc.sockaddr_nl));
        Assert.Equal(16, sizeof(Libc.nlmsghdr));
        Assert.Equal(4, sizeof(Libc.rtattr));
        Assert.Equal(16, sizeof(Libc.ifinfomsg));
        Assert.Equal(12, sizeof(Libc.rtmsg));
        Libc.sockaddr_nl address = default;
        Assert.Equal(4, Offset(ref address, ref address.nl_pid));
        Assert.Equal(8, Offset(ref address, ref address.nl_groups));
        Libc.nlmsghdr header = default;
        Assert.Equal(4, Offset(ref header, ref header.nlmsg_type));
        Assert.Equal(6, Offset(ref header, ref header.nlmsg_flags));
        Assert.Equal(8, Offset(ref header, ref header.nlmsg_seq));
        Assert.Equal(12, Offset(ref header, ref header.nlmsg_pid));
        Libc.ifinfomsg link = default;
        Assert.Equal(2, Offset(ref link, ref link.ifi_type));
        Assert.Equal(4, Offset(ref link, ref link.ifi_index));
        Assert.Equal(8, Offset(ref link, ref link.ifi_flags));
        Assert.Equal(12, Offset(ref link, ref link.ifi_change));
        Libc.rtmsg route = default;
        Assert.Equal(4, Offset(ref route, ref route.rtm_table));
        Assert.Equal(7, Offset(ref route, ref route.rtm_type));
        Assert.Equal(8, Offset(ref route, ref route.rtm_flags));
        Libc.rtattr attribute = default;
        Assert.Equal(2, Offset(ref attribute, ref attribute.rta_type));
    }

    [Fact]
    public void Interface_requests_polls_and_times_have_the_layout_of_the_C_headers()
    {
        Assert.Equal(40, sizeof(Libc.ifreq));
        Assert.Equal(8, sizeof(Libc.pollfd));
        Assert.Equal(16, sizeof(Libc.timespec));
        Assert.Equal(32, sizeof(Libc.itimerspec));
        Libc.ifreq request = default;
        Assert.Equal(16, Offset(ref request, ref request.ifr_flags));
        Assert.Equal(16, Offset(ref request, ref request.ifr_mtu));
        Assert.Equal(16, Offset(ref request, ref request.ifr_ifindex));
        Libc.pollfd wait = default;
        Assert.Equal(4, Offset(ref wait, ref wait.events));
        Assert.Equal(6, Offset(ref wait, ref wait.revents));
        Libc.itimerspec timer = default;
        Assert.Equal(16, Offset(ref timer, ref timer.it_value));
    }

    private static int Offset<TStruct, TField>(ref TStruct start, ref TField field) where TStruct : struct where TField : unmanaged =>
        (int)Unsafe.ByteOffset(ref Unsafe.As<TStruct, byte>(ref start), ref Unsafe.As<TField, byte>(ref field));
}
