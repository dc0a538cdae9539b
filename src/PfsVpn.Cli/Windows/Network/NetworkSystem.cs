using System.Net.NetworkInformation;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Cli.Windows.Network;

/// <summary>Addresses, routes, interfaces and name servers by the IP helper.</summary>
/// <param name="adapterId">The GUID of a tunnel's adapter.</param>
/// <remarks>References: Microsoft's pages of the functions. Wine has not got those that change something: they return <see cref="NetworkError.ProcNotFound"/>.</remarks>
internal sealed unsafe class NetworkSystem(Func<string, Guid> adapterId) : INetworkSystem
{
    /// <inheritdoc/>
    public ulong? Find(string tunnel)
    {
        var key = adapterId(tunnel);
        NET_LUID luid;
        // Windows may know the GUID of an adapter still that is gone.
        return IpHlpApi.ConvertInterfaceGuidToLuid(&key, &luid) == IpHlpApi.NO_ERROR && Link(luid) is not null ? luid.Value : null;
    }

    /// <inheritdoc/>
    public string NameOf(ulong interfaceId)
    {
        var alias = stackalloc char[IpHlpApi.NDIS_IF_MAX_STRING_SIZE + 1];
        var luid = new NET_LUID(interfaceId);
        return IpHlpApi.ConvertInterfaceLuidToAlias(&luid, alias, IpHlpApi.NDIS_IF_MAX_STRING_SIZE + 1) == IpHlpApi.NO_ERROR ? new string(alias) : $"interface {interfaceId:x}";
    }

    /// <inheritdoc/>
    public uint IndexOf(ulong interfaceId)
    {
        var luid = new NET_LUID(interfaceId);
        uint index;
        return IpHlpApi.ConvertInterfaceLuidToIndex(&luid, &index) == IpHlpApi.NO_ERROR ? index : 0;
    }

    /// <inheritdoc/>
    public bool IsUp(ulong interfaceId) => Link(new NET_LUID(interfaceId)) is IpHlpApi.IfOperStatusUp;

    /// <inheritdoc/>
    public IReadOnlyList<AddressRow> Addresses()
    {
        IpHlpApi.MIB_TABLE* table;
        NetworkError.Check(IpHlpApi.GetUnicastIpAddressTable(IpHlpApi.AF_UNSPEC, &table), "list the addresses of this machine");
        try
        {
            var rows = (IpHlpApi.MIB_UNICASTIPADDRESS_ROW*)(table + 1);
            var found = new List<AddressRow>((int)table->NumEntries);
            for (var i = 0u; i < table->NumEntries; i++) found.Add(NetworkRows.Read(rows[i]));
            return found;
        }
        finally
        {
            IpHlpApi.FreeMibTable(table);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<RouteRow> Routes()
    {
        IpHlpApi.MIB_TABLE* table;
        NetworkError.Check(IpHlpApi.GetIpForwardTable2(IpHlpApi.AF_UNSPEC, &table), "list the routes of this machine");
        try
        {
            var rows = (IpHlpApi.MIB_IPFORWARD_ROW2*)(table + 1);
            var found = new List<RouteRow>((int)table->NumEntries);
            for (var i = 0u; i < table->NumEntries; i++)
                if (NetworkRows.Read(rows[i]) is { } route) found.Add(route);
            return found;
        }
        finally
        {
            IpHlpApi.FreeMibTable(table);
        }
    }

    /// <inheritdoc/>
    public InterfaceRow? Interface(ulong interfaceId, bool isV4)
    {
        var error = Get(interfaceId, isV4, out var row);
        if (error is IpHlpApi.ERROR_NOT_FOUND or IpHlpApi.ERROR_FILE_NOT_FOUND) return null;
        NetworkError.Check(error, $"look at {NameOf(interfaceId)}");
        return NetworkRows.Read(row);
    }

    /// <inheritdoc/>
    public uint Set(InterfaceRow row) => Try(() =>
    {
        if (Get(row.Interface, row.IsV4, out var target) is var error and not 0) return error;
        NetworkRows.Change(ref target, row);
        return IpHlpApi.SetIpInterfaceEntry(&target);
    });

    /// <inheritdoc/>
    public uint Add(AddressRow address) => Try(() =>
    {
        var row = Describe(address);
        return IpHlpApi.CreateUnicastIpAddressEntry(&row);
    });

    /// <inheritdoc/>
    public uint Delete(AddressRow address) => Try(() =>
    {
        var row = Describe(address);
        return IpHlpApi.DeleteUnicastIpAddressEntry(&row);
    });

    /// <inheritdoc/>
    public uint Add(RouteRow route) => Try(() =>
    {
        var row = Describe(route);
        return IpHlpApi.CreateIpForwardEntry2(&row);
    });

    /// <inheritdoc/>
    public uint Delete(RouteRow route) => Try(() =>
    {
        var row = Describe(route);
        return IpHlpApi.DeleteIpForwardEntry2(&row);
    });

    /// <inheritdoc/>
    public uint SetNameServers(ulong interfaceId, bool isV4, IReadOnlyList<string> servers, IReadOnlyList<string> domains) => Try(() =>
    {
        var luid = new NET_LUID(interfaceId);
        Guid key;
        if (IpHlpApi.ConvertInterfaceLuidToGuid(&luid, &key) is var error and not 0) return error;
        fixed (char* serverText = string.Join(',', servers), domainText = string.Join(',', domains))
        {
            var settings = new IpHlpApi.DNS_INTERFACE_SETTINGS
            {
                Version = IpHlpApi.DNS_INTERFACE_SETTINGS_VERSION1,
                Flags = IpHlpApi.DNS_SETTING_NAMESERVER | IpHlpApi.DNS_SETTING_SEARCHLIST | (isV4 ? 0 : IpHlpApi.DNS_SETTING_IPV6),
                NameServer = serverText,
                SearchList = domainText,
            };
            return IpHlpApi.SetInterfaceDnsSettings(key, &settings);
        }
    });

    /// <inheritdoc/>
    public void FlushResolver() => _ = DnsApi.DnsFlushResolverCache();

    /// <inheritdoc/>
    public IReadOnlyList<string> NameServersBeside(string tunnel)
    {
        try
        {
            // Site-local ones are those of an interface that has none.
            return
            [
                .. NetworkInterface.GetAllNetworkInterfaces().Where(other => other.OperationalStatus == OperationalStatus.Up && !other.Name.Equals(tunnel, StringComparison.OrdinalIgnoreCase))
                    .SelectMany(static other => other.GetIPProperties().DnsAddresses).Where(static server => !server.IsIPv6SiteLocal).Select(static server => server.ToString()).Distinct(StringComparer.Ordinal),
            ];
        }
        catch (NetworkInformationException refused)
        {
            throw new CliException($"cannot list the name servers of this machine: {refused.Message}");
        }
    }

    /// <summary>IF_OPER_STATUS of an interface; null where there is none.</summary>
    private static int? Link(NET_LUID luid)
    {
        var row = stackalloc byte[IpHlpApi.MIB_IF_ROW2_Size];
        new Span<byte>(row, IpHlpApi.MIB_IF_ROW2_Size).Clear();
        *(NET_LUID*)(row + IpHlpApi.MIB_IF_ROW2_InterfaceLuid) = luid;
        return IpHlpApi.GetIfEntry2(row) == IpHlpApi.NO_ERROR ? *(int*)(row + IpHlpApi.MIB_IF_ROW2_OperStatus) : null;
    }

    private static IpHlpApi.MIB_UNICASTIPADDRESS_ROW Describe(AddressRow address)
    {
        IpHlpApi.MIB_UNICASTIPADDRESS_ROW row;
        IpHlpApi.InitializeUnicastIpAddressEntry(&row);
        NetworkRows.Fill(ref row, address);
        return row;
    }

    private static IpHlpApi.MIB_IPFORWARD_ROW2 Describe(RouteRow route)
    {
        IpHlpApi.MIB_IPFORWARD_ROW2 row;
        IpHlpApi.InitializeIpForwardEntry(&row);
        NetworkRows.Fill(ref row, route);
        return row;
    }

    private static uint Get(ulong interfaceId, bool isV4, out IpHlpApi.MIB_IPINTERFACE_ROW row)
    {
        IpHlpApi.MIB_IPINTERFACE_ROW found = default;
        found.Family = NetworkRows.FamilyOf(isV4);
        found.InterfaceLuid = new NET_LUID(interfaceId);
        try
        {
            return IpHlpApi.GetIpInterfaceEntry(&found);
        }
        catch (EntryPointNotFoundException)
        {
            return NetworkError.ProcNotFound;
        }
        finally
        {
            row = found;
        }
    }

    private static uint Try(Func<uint> call)
    {
        try
        {
            return call();
        }
        catch (EntryPointNotFoundException)
        {
            return NetworkError.ProcNotFound;
        }
    }
}
