using PfsVpn.Interop.Windows;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Windows.Network;

/// <summary>The IP helper's rows to ours and back.</summary>
/// <remarks>Threading: pure functions.</remarks>
internal static unsafe class NetworkRows
{
    /// <summary>The address; the default value where there is none.</summary>
    public static IpAddress Read(in IpHlpApi.SOCKADDR_INET address)
    {
        fixed (IpHlpApi.SOCKADDR_INET* pointer = &address)
        {
            return address.si_family switch
            {
                IpHlpApi.AF_INET => IpAddress.Read(new ReadOnlySpan<byte>(pointer->sin_addr, 4)),
                IpHlpApi.AF_INET6 => IpAddress.Read(new ReadOnlySpan<byte>(pointer->sin6_addr, 16)),
                _ => default,
            };
        }
    }

    /// <summary>An address without port and scope.</summary>
    public static IpHlpApi.SOCKADDR_INET Write(IpAddress address)
    {
        IpHlpApi.SOCKADDR_INET target = default;
        target.si_family = FamilyOf(address.IsV4);
        address.Write(address.IsV4 ? new Span<byte>(target.sin_addr, 4) : new Span<byte>(target.sin6_addr, 16));
        return target;
    }

    public static ushort FamilyOf(bool isV4) => isV4 ? IpHlpApi.AF_INET : IpHlpApi.AF_INET6;

    public static AddressRow Read(in IpHlpApi.MIB_UNICASTIPADDRESS_ROW row) => new(row.InterfaceLuid.Value, Read(row.Address), row.OnLinkPrefixLength);

    /// <summary>Puts an address into a row that Windows has initialised. It is good at once: nobody else is on the link who could have it.</summary>
    public static void Fill(ref IpHlpApi.MIB_UNICASTIPADDRESS_ROW target, AddressRow address)
    {
        target.Address = Write(address.Address);
        target.InterfaceLuid = new NET_LUID(address.Interface);
        target.OnLinkPrefixLength = (byte)address.PrefixLength;
        target.DadState = IpHlpApi.IpDadStatePreferred;
        target.SkipAsSource = 0;
    }

    /// <summary>Null for a row that is of neither family, or makes no sense.</summary>
    public static RouteRow? Read(in IpHlpApi.MIB_IPFORWARD_ROW2 row)
    {
        var destination = Read(row.DestinationPrefix.Prefix);
        if (destination.Family == 0 || row.DestinationPrefix.PrefixLength > destination.BitLength) return null;
        return new RouteRow(row.InterfaceLuid.Value, new IpPrefix(destination, row.DestinationPrefix.PrefixLength), Read(row.NextHop), row.Metric);
    }

    /// <summary>Puts a route into a row that Windows has initialised.</summary>
    public static void Fill(ref IpHlpApi.MIB_IPFORWARD_ROW2 target, RouteRow route)
    {
        target.InterfaceLuid = new NET_LUID(route.Interface);
        target.DestinationPrefix.Prefix = Write(route.Destination.Address);
        target.DestinationPrefix.PrefixLength = route.Destination.Length;
        target.NextHop = Write(route.NextHop);
        target.Metric = route.Metric;
    }

    public static InterfaceRow Read(in IpHlpApi.MIB_IPINTERFACE_ROW row) => new(row.InterfaceLuid.Value, row.Family == IpHlpApi.AF_INET)
    {
        Mtu = row.NlMtu,
        Metric = row.Metric,
        UsesAutomaticMetric = row.UseAutomaticMetric != 0,
        FindsRouters = row.RouterDiscoveryBehavior != IpHlpApi.RouterDiscoveryDisabled,
        IsManaged = row.ManagedAddressConfigurationSupported != 0,
        DadTransmits = row.DadTransmits,
    };

    /// <summary>Changes a row that Windows has filled. What has not changed stays as Windows has it.</summary>
    public static void Change(ref IpHlpApi.MIB_IPINTERFACE_ROW target, InterfaceRow wanted)
    {
        var former = Read(target);
        target.NlMtu = wanted.Mtu;
        target.Metric = wanted.Metric;
        target.UseAutomaticMetric = wanted.UsesAutomaticMetric ? (byte)1 : (byte)0;
        target.DadTransmits = wanted.DadTransmits;
        if (former.FindsRouters != wanted.FindsRouters) target.RouterDiscoveryBehavior = wanted.FindsRouters ? IpHlpApi.RouterDiscoveryEnabled : IpHlpApi.RouterDiscoveryDisabled;
        if (former.IsManaged != wanted.IsManaged) target.ManagedAddressConfigurationSupported = wanted.IsManaged ? (byte)1 : (byte)0;
        // What is read here for IPv4 is refused when it is written.
        if (target.Family == IpHlpApi.AF_INET) target.SitePrefixLength = 0;
        else target.SitePrefixLength = Math.Min(target.SitePrefixLength, 128);
    }
}
