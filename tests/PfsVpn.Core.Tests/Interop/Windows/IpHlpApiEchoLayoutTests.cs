using System.Runtime.CompilerServices;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Tests.Interop.Windows;

/// <summary>Sizes, offsets and values of echo requests and of the tables of UDP ports (icmpapi.h, ipexport.h, udpmib.h), x64.</summary>
public sealed unsafe class IpHlpApiEchoLayoutTests
{
    [Fact]
    public void Echo_requests_and_replies_have_the_layout_of_the_headers()
    {
        Assert.Equal(16, sizeof(IpHlpApi.IP_OPTION_INFORMATION));
        IpHlpApi.IP_OPTION_INFORMATION options = default;
        Assert.Equal([0, 1, 2, 3], [Offset(ref options, ref options.Ttl), Offset(ref options, ref options.Tos), Offset(ref options, ref options.Flags), Offset(ref options, ref options.OptionsSize)]);
        Assert.Equal(8, (int)((byte*)&options.OptionsData - (byte*)&options));

        Assert.Equal(40, sizeof(IpHlpApi.ICMP_ECHO_REPLY));
        IpHlpApi.ICMP_ECHO_REPLY reply = default;
        Assert.Equal([0, 4, 8, 12, 14], [Offset(ref reply, ref reply.Address), Offset(ref reply, ref reply.Status), Offset(ref reply, ref reply.RoundTripTime), Offset(ref reply, ref reply.DataSize), Offset(ref reply, ref reply.Reserved)]);
        Assert.Equal([16, 24], [(int)((byte*)&reply.Data - (byte*)&reply), (int)((byte*)&reply.Options - (byte*)&reply)]);

        Assert.Equal(36, sizeof(IpHlpApi.ICMPV6_ECHO_REPLY));
        IpHlpApi.ICMPV6_ECHO_REPLY reply6 = default;
        Assert.Equal([28, 32], [Offset(ref reply6, ref reply6.Status), Offset(ref reply6, ref reply6.RoundTripTime)]);
        Assert.Equal([997u, 0u, 2u], [IpHlpApi.ERROR_IO_PENDING, IpHlpApi.IP_SUCCESS, IpHlpApi.IP_FLAG_DF]);
    }

    [Fact]
    public void Tables_of_ports_have_the_layout_of_the_headers()
    {
        Assert.Equal([12, 28], [sizeof(IpHlpApi.MIB_UDPROW_OWNER_PID), sizeof(IpHlpApi.MIB_UDP6ROW_OWNER_PID)]);
        IpHlpApi.MIB_UDPROW_OWNER_PID row = default;
        Assert.Equal([4, 8], [Offset(ref row, ref row.dwLocalPort), Offset(ref row, ref row.dwOwningPid)]);
        IpHlpApi.MIB_UDP6ROW_OWNER_PID row6 = default;
        Assert.Equal([16, 20, 24], [Offset(ref row6, ref row6.dwLocalScopeId), Offset(ref row6, ref row6.dwLocalPort), Offset(ref row6, ref row6.dwOwningPid)]);
        Assert.Equal((122u, 1), (IpHlpApi.ERROR_INSUFFICIENT_BUFFER, IpHlpApi.UDP_TABLE_OWNER_PID));
    }

    private static int Offset<TStruct, TField>(ref TStruct start, ref TField field) where TStruct : struct where TField : unmanaged =>
        (int)Unsafe.ByteOffset(ref Unsafe.As<TStruct, byte>(ref start), ref Unsafe.As<TField, byte>(ref field));
}
