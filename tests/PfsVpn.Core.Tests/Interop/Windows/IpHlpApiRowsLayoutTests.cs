using System.Runtime.CompilerServices;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Tests.Interop.Windows;

/// <summary>Sizes and offsets as a C program prints them with sizeof and offsetof, x64 (netioapi.h).</summary>
public sealed unsafe class IpHlpApiRowsLayoutTests
{
    [Fact]
    public void Addresses_and_prefixes_have_the_layout_of_the_headers()
    {
        Assert.Equal(8, sizeof(NET_LUID));
        Assert.Equal(28, sizeof(IpHlpApi.SOCKADDR_INET));
        IpHlpApi.SOCKADDR_INET address = default;
        Assert.Equal(2, Offset(ref address, ref address.port));
        Assert.Equal(4, Offset(ref address, ref address.sin_addr[0]));
        Assert.Equal(4, Offset(ref address, ref address.sin6_flowinfo));
        Assert.Equal(8, Offset(ref address, ref address.sin6_addr[0]));
        Assert.Equal(24, Offset(ref address, ref address.sin6_scope_id));
        Assert.Equal(32, sizeof(IpHlpApi.IP_ADDRESS_PREFIX));
        IpHlpApi.IP_ADDRESS_PREFIX prefix = default;
        Assert.Equal(28, Offset(ref prefix, ref prefix.PrefixLength));
        Assert.Equal(8, sizeof(IpHlpApi.MIB_TABLE));
    }

    [Fact]
    public void A_luid_is_taken_apart_as_the_headers_say()
    {
        var luid = new NET_LUID(0x0035_00000A_000000ul);
        Assert.Equal(53, luid.IfType);
        Assert.Equal(10u, luid.NetLuidIndex);
    }

    [Fact]
    public void An_interface_row_has_the_layout_of_the_headers()
    {
        Assert.Equal(168, sizeof(IpHlpApi.MIB_IPINTERFACE_ROW));
        IpHlpApi.MIB_IPINTERFACE_ROW row = default;
        Assert.Equal(8, Offset(ref row, ref row.InterfaceLuid));
        Assert.Equal(16, Offset(ref row, ref row.InterfaceIndex));
        Assert.Equal(20, Offset(ref row, ref row.MaxReassemblySize));
        Assert.Equal(24, Offset(ref row, ref row.InterfaceIdentifier));
        Assert.Equal(32, Offset(ref row, ref row.MinRouterAdvertisementInterval));
        Assert.Equal(36, Offset(ref row, ref row.MaxRouterAdvertisementInterval));
        Assert.Equal(40, Offset(ref row, ref row.AdvertisingEnabled));
        Assert.Equal(41, Offset(ref row, ref row.ForwardingEnabled));
        Assert.Equal(42, Offset(ref row, ref row.WeakHostSend));
        Assert.Equal(43, Offset(ref row, ref row.WeakHostReceive));
        Assert.Equal(44, Offset(ref row, ref row.UseAutomaticMetric));
        Assert.Equal(45, Offset(ref row, ref row.UseNeighborUnreachabilityDetection));
        Assert.Equal(46, Offset(ref row, ref row.ManagedAddressConfigurationSupported));
        Assert.Equal(47, Offset(ref row, ref row.OtherStatefulConfigurationSupported));
        Assert.Equal(48, Offset(ref row, ref row.AdvertiseDefaultRoute));
        Assert.Equal(52, Offset(ref row, ref row.RouterDiscoveryBehavior));
        Assert.Equal(56, Offset(ref row, ref row.DadTransmits));
        Assert.Equal(60, Offset(ref row, ref row.BaseReachableTime));
        Assert.Equal(64, Offset(ref row, ref row.RetransmitTime));
        Assert.Equal(68, Offset(ref row, ref row.PathMtuDiscoveryTimeout));
        Assert.Equal(72, Offset(ref row, ref row.LinkLocalAddressBehavior));
        Assert.Equal(76, Offset(ref row, ref row.LinkLocalAddressTimeout));
        Assert.Equal(80, Offset(ref row, ref row.ZoneIndices[0]));
        Assert.Equal(144, Offset(ref row, ref row.SitePrefixLength));
        Assert.Equal(148, Offset(ref row, ref row.Metric));
        Assert.Equal(152, Offset(ref row, ref row.NlMtu));
        Assert.Equal(156, Offset(ref row, ref row.Connected));
        Assert.Equal(157, Offset(ref row, ref row.SupportsWakeUpPatterns));
        Assert.Equal(158, Offset(ref row, ref row.SupportsNeighborDiscovery));
        Assert.Equal(159, Offset(ref row, ref row.SupportsRouterDiscovery));
        Assert.Equal(160, Offset(ref row, ref row.ReachableTime));
        Assert.Equal(164, Offset(ref row, ref row.TransmitOffload));
        Assert.Equal(165, Offset(ref row, ref row.ReceiveOffload));
        Assert.Equal(166, Offset(ref row, ref row.DisableDefaultRoutes));
    }

    [Fact]
    public void A_route_row_has_the_layout_of_the_headers()
    {
        Assert.Equal(104, sizeof(IpHlpApi.MIB_IPFORWARD_ROW2));
        IpHlpApi.MIB_IPFORWARD_ROW2 row = default;
        Assert.Equal(8, Offset(ref row, ref row.InterfaceIndex));
        Assert.Equal(12, Offset(ref row, ref row.DestinationPrefix));
        Assert.Equal(44, Offset(ref row, ref row.NextHop));
        Assert.Equal(72, Offset(ref row, ref row.SitePrefixLength));
        Assert.Equal(76, Offset(ref row, ref row.ValidLifetime));
        Assert.Equal(80, Offset(ref row, ref row.PreferredLifetime));
        Assert.Equal(84, Offset(ref row, ref row.Metric));
        Assert.Equal(88, Offset(ref row, ref row.Protocol));
        Assert.Equal(92, Offset(ref row, ref row.Loopback));
        Assert.Equal(93, Offset(ref row, ref row.AutoconfigureAddress));
        Assert.Equal(94, Offset(ref row, ref row.Publish));
        Assert.Equal(95, Offset(ref row, ref row.Immortal));
        Assert.Equal(96, Offset(ref row, ref row.Age));
        Assert.Equal(100, Offset(ref row, ref row.Origin));
    }

    [Fact]
    public void An_address_row_has_the_layout_of_the_headers()
    {
        Assert.Equal(80, sizeof(IpHlpApi.MIB_UNICASTIPADDRESS_ROW));
        IpHlpApi.MIB_UNICASTIPADDRESS_ROW row = default;
        Assert.Equal(32, Offset(ref row, ref row.InterfaceLuid));
        Assert.Equal(40, Offset(ref row, ref row.InterfaceIndex));
        Assert.Equal(44, Offset(ref row, ref row.PrefixOrigin));
        Assert.Equal(48, Offset(ref row, ref row.SuffixOrigin));
        Assert.Equal(52, Offset(ref row, ref row.ValidLifetime));
        Assert.Equal(56, Offset(ref row, ref row.PreferredLifetime));
        Assert.Equal(60, Offset(ref row, ref row.OnLinkPrefixLength));
        Assert.Equal(61, Offset(ref row, ref row.SkipAsSource));
        Assert.Equal(64, Offset(ref row, ref row.DadState));
        Assert.Equal(68, Offset(ref row, ref row.ScopeId));
        Assert.Equal(72, Offset(ref row, ref row.CreationTimeStamp));
    }

    private static int Offset<TStruct, TField>(ref TStruct start, ref TField field) where TStruct : struct where TField : unmanaged =>
        (int)Unsafe.ByteOffset(ref Unsafe.As<TStruct, byte>(ref start), ref Unsafe.As<TField, byte>(ref field));
}
