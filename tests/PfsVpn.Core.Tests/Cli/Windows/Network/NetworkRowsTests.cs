using PfsVpn.Cli.Windows.Network;
using PfsVpn.Interop.Windows;
using PfsVpn.Packets;

namespace PfsVpn.Tests.Cli.Windows.Network;

/// <summary>The IP helper's rows to ours and back.</summary>
public sealed unsafe class NetworkRowsTests
{
    [Fact]
    public void Addresses_stand_where_windows_has_them()
    {
        var v4 = NetworkRows.Write(FakeNetwork.Ip("192.0.2.1"));
        Assert.Equal([2, 0, 0, 0, 192, 0, 2, 1], new ReadOnlySpan<byte>(&v4, 28)[..8].ToArray());
        var v6 = NetworkRows.Write(FakeNetwork.Ip("2001:db8::7"));
        Assert.Equal([23, 0, 0, 0, 0, 0, 0, 0, 0x20, 0x01, 0x0D, 0xB8], new ReadOnlySpan<byte>(&v6, 28)[..12].ToArray());
        Assert.Equal(FakeNetwork.Ip("192.0.2.1"), NetworkRows.Read(v4));
        Assert.Equal(FakeNetwork.Ip("2001:db8::7"), NetworkRows.Read(v6));
        Assert.Equal(default, NetworkRows.Read(default(IpHlpApi.SOCKADDR_INET)));
    }

    [Fact]
    public void An_address_is_used_at_once_and_as_a_source()
    {
        var target = new IpHlpApi.MIB_UNICASTIPADDRESS_ROW { ValidLifetime = 7, SkipAsSource = 1 };
        var row = new AddressRow(77, FakeNetwork.Ip("10.7.0.2"), 24);
        NetworkRows.Fill(ref target, row);
        Assert.Equal((77ul, (byte)24, (byte)0, 4, 7u), (target.InterfaceLuid.Value, target.OnLinkPrefixLength, target.SkipAsSource, target.DadState, target.ValidLifetime));
        Assert.Equal(row, NetworkRows.Read(target));
    }

    [Fact]
    public void A_route_keeps_what_windows_has_set_beside()
    {
        var target = new IpHlpApi.MIB_IPFORWARD_ROW2 { Protocol = 3, Immortal = 1, ValidLifetime = uint.MaxValue };
        var route = new RouteRow(77, new IpPrefix(new IpAddress(0, 0), 0), new IpAddress(0, 0), 0);
        NetworkRows.Fill(ref target, route);
        Assert.Equal((3, (byte)1, uint.MaxValue, 0u), (target.Protocol, target.Immortal, target.ValidLifetime, target.Metric));
        // The next hop has the family, too: without it Windows refuses the route.
        Assert.Equal((23, 23), (target.DestinationPrefix.Prefix.si_family, target.NextHop.si_family));
        Assert.Equal(route, NetworkRows.Read(target));
        target.DestinationPrefix.PrefixLength = 129;
        Assert.Null(NetworkRows.Read(target));
        Assert.Null(NetworkRows.Read(default(IpHlpApi.MIB_IPFORWARD_ROW2)));
    }

    [Theory]
    [InlineData(2, 64u, 0u)]
    [InlineData(23, 200u, 128u)]
    [InlineData(23, 64u, 64u)]
    public void An_interface_is_changed_where_it_is_to_be_and_nowhere_else(int family, uint site, uint expected)
    {
        var target = new IpHlpApi.MIB_IPINTERFACE_ROW
        {
            Family = (ushort)family, InterfaceLuid = new NET_LUID(77), NlMtu = 65535, Metric = 5, UseAutomaticMetric = 1, RouterDiscoveryBehavior = IpHlpApi.RouterDiscoveryDhcp,
            ManagedAddressConfigurationSupported = 1, DadTransmits = 3, SitePrefixLength = site, ForwardingEnabled = 1, LinkLocalAddressBehavior = 2,
        };
        var row = NetworkRows.Read(target);
        Assert.Equal(family == 2, row.IsV4);
        NetworkRows.Change(ref target, row with { Mtu = 1420 });
        Assert.Equal((1420u, 5u, (byte)1, 2, (byte)1, 3u, expected), (target.NlMtu, target.Metric, target.UseAutomaticMetric, target.RouterDiscoveryBehavior, target.ManagedAddressConfigurationSupported, target.DadTransmits, target.SitePrefixLength));
        NetworkRows.Change(ref target, row with { Metric = 0, UsesAutomaticMetric = false, FindsRouters = false, IsManaged = false, DadTransmits = 0 });
        Assert.Equal((0u, (byte)0, 0, (byte)0, 0u), (target.Metric, target.UseAutomaticMetric, target.RouterDiscoveryBehavior, target.ManagedAddressConfigurationSupported, target.DadTransmits));
        Assert.Equal(((byte)1, 2), (target.ForwardingEnabled, target.LinkLocalAddressBehavior));
    }
}
