using System.Runtime.InteropServices;
using PfsVpn.Interop.Windows;
using PfsVpn.Packets;
using PfsVpn.Tun;

namespace PfsVpn.Udp;

/// <summary>The routes, addresses and interfaces of this host, for the sockets of one tunnel.</summary>
/// <param name="tunnelLuid">The LUID of the tunnel's interface, 0 for none.</param>
/// <remarks>
/// What the system does not tell besides the routes is taken as unknown: no addresses, interfaces that are up, have no metric of their own, and are no tunnels.
/// Threading: any. References: Microsoft's pages GetIpForwardTable2, GetIpInterfaceTable, GetUnicastIpAddressTable, GetIfEntry2.
/// </remarks>
internal sealed unsafe class WindowsNetwork(ulong tunnelLuid) : IWindowsNetwork
{
    /// <summary>What the description of our adapters begins with; Windows puts a number behind it where there are several.</summary>
    private const string TunnelDescription = WintunSetup.TunnelType + " Tunnel";

    /// <inheritdoc/>
    public WindowsHostNetwork? Read(bool avoidsTunnel)
    {
        IpHlpApi.MIB_TABLE* table;
        if (IpHlpApi.GetIpForwardTable2(IpHlpApi.AF_UNSPEC, &table) != IpHlpApi.NO_ERROR) return null;
        return new WindowsHostNetwork(Convert(Take<IpHlpApi.MIB_IPFORWARD_ROW2>(table), ReadInterfaceTable()), ReadAddresses(), avoidsTunnel ? tunnelLuid : 0, IsTunnel);
    }

    /// <inheritdoc/>
    /// <remarks>By its alias, or by the system's own name for it.</remarks>
    public uint IndexOf(string device)
    {
        NET_LUID luid;
        uint index;
        fixed (char* name = device)
        {
            if (IpHlpApi.ConvertInterfaceAliasToLuid(name, &luid) != IpHlpApi.NO_ERROR && IpHlpApi.ConvertInterfaceNameToLuidW(name, &luid) != IpHlpApi.NO_ERROR) return 0;
        }
        return IpHlpApi.ConvertInterfaceLuidToIndex(&luid, &index) == IpHlpApi.NO_ERROR ? index : 0;
    }

    /// <summary>Puts routes and interfaces together. A route of an interface that is not among <paramref name="interfaces"/> has its own metric only, and counts as up.</summary>
    internal static WindowsRoute[] Convert(ReadOnlySpan<IpHlpApi.MIB_IPFORWARD_ROW2> routes, ReadOnlySpan<IpHlpApi.MIB_IPINTERFACE_ROW> interfaces)
    {
        var states = new Dictionary<(ushort Family, ulong Luid), (uint Metric, bool IsUp)>();
        foreach (ref readonly var row in interfaces) states[(row.Family, row.InterfaceLuid.Value)] = (row.Metric, row.Connected != 0);
        var converted = new List<WindowsRoute>(routes.Length);
        foreach (ref readonly var row in routes)
        {
            var address = Address(row.DestinationPrefix.Prefix);
            if (address.Family == 0 || row.DestinationPrefix.PrefixLength > address.BitLength) continue;
            var (metric, isUp) = states.GetValueOrDefault((row.DestinationPrefix.Prefix.si_family, row.InterfaceLuid.Value), (0u, true));
            var prefix = new IpPrefix(address, row.DestinationPrefix.PrefixLength);
            converted.Add(new WindowsRoute(prefix, row.InterfaceLuid.Value, row.InterfaceIndex, (ulong)row.Metric + metric, isUp));
        }
        return [.. converted];
    }

    /// <summary>An address of either family, the default value for neither.</summary>
    internal static IpAddress Address(in IpHlpApi.SOCKADDR_INET address)
    {
        fixed (IpHlpApi.SOCKADDR_INET* at = &address)
        {
            return at->si_family switch
            {
                IpHlpApi.AF_INET => IpAddress.Read(new ReadOnlySpan<byte>(at->sin_addr, 4)),
                IpHlpApi.AF_INET6 => IpAddress.Read(new ReadOnlySpan<byte>(at->sin6_addr, 16)),
                _ => default,
            };
        }
    }

    /// <summary>Whether a MIB_IF_ROW2 is that of an adapter of ours: they are told by their description, which does not change with the name.</summary>
    internal static bool IsTunnel(ReadOnlySpan<byte> row) =>
        MemoryMarshal.Cast<byte, char>(row[IpHlpApi.MIB_IF_ROW2_Description..]).StartsWith(TunnelDescription, StringComparison.Ordinal);

    private static bool IsTunnel(ulong luid)
    {
        var row = new byte[IpHlpApi.MIB_IF_ROW2_Size];
        BitConverter.TryWriteBytes(row.AsSpan(IpHlpApi.MIB_IF_ROW2_InterfaceLuid), luid);
        fixed (byte* start = row) return IpHlpApi.GetIfEntry2(start) == IpHlpApi.NO_ERROR && IsTunnel(row);
    }

    private static IpHlpApi.MIB_IPINTERFACE_ROW[] ReadInterfaceTable()
    {
        IpHlpApi.MIB_TABLE* table;
        if (IpHlpApi.GetIpInterfaceTable(IpHlpApi.AF_UNSPEC, &table) != IpHlpApi.NO_ERROR) return [];
        return Take<IpHlpApi.MIB_IPINTERFACE_ROW>(table);
    }

    private static List<IpAddress> ReadAddresses()
    {
        IpHlpApi.MIB_TABLE* table;
        var addresses = new List<IpAddress>();
        if (IpHlpApi.GetUnicastIpAddressTable(IpHlpApi.AF_UNSPEC, &table) != IpHlpApi.NO_ERROR) return addresses;
        foreach (ref readonly var row in Take<IpHlpApi.MIB_UNICASTIPADDRESS_ROW>(table).AsSpan()) addresses.Add(Address(row.Address));
        return addresses;
    }

    /// <summary>The rows of a table, which is freed.</summary>
    private static T[] Take<T>(IpHlpApi.MIB_TABLE* table)
        where T : unmanaged
    {
        var rows = new ReadOnlySpan<T>(table + 1, (int)table->NumEntries).ToArray();
        IpHlpApi.FreeMibTable(table);
        return rows;
    }
}
