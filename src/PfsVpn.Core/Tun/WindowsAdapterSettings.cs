using PfsVpn.Interop.Windows;

namespace PfsVpn.Tun;

/// <summary>An adapter's name and MTUs by the IP helper.</summary>
/// <remarks>
/// Wine has not got the functions for the settings of interfaces: they are then not supported.
/// Threading: any.
/// </remarks>
internal sealed unsafe class WindowsAdapterSettings(NET_LUID luid) : IAdapterSettings
{
    /// <inheritdoc/>
    public NET_LUID Luid => luid;

    /// <inheritdoc/>
    public string? ReadAlias()
    {
        var alias = stackalloc char[IpHlpApi.NDIS_IF_MAX_STRING_SIZE + 1];
        var key = luid;
        return IpHlpApi.ConvertInterfaceLuidToAlias(&key, alias, IpHlpApi.NDIS_IF_MAX_STRING_SIZE + 1) == IpHlpApi.NO_ERROR ? new string(alias) : null;
    }

    /// <inheritdoc/>
    public int? ReadMtu(AdapterFamily family)
    {
        var row = Row(family);
        return Get(&row) == IpHlpApi.NO_ERROR ? (int)Math.Min(row.NlMtu, Wintun.WINTUN_MAX_IP_PACKET_SIZE) : null;
    }

    /// <inheritdoc/>
    public uint SetMtu(AdapterFamily family, int mtu)
    {
        var row = Row(family);
        var error = Get(&row);
        if (error != IpHlpApi.NO_ERROR) return error;
        row.NlMtu = (uint)mtu;
        // What is read here for IPv4 is refused when it is written.
        if (family == AdapterFamily.V4) row.SitePrefixLength = 0;
        return IpHlpApi.SetIpInterfaceEntry(&row);
    }

    private IpHlpApi.MIB_IPINTERFACE_ROW Row(AdapterFamily family) =>
        new() { Family = family == AdapterFamily.V4 ? IpHlpApi.AF_INET : IpHlpApi.AF_INET6, InterfaceLuid = luid };

    private static uint Get(IpHlpApi.MIB_IPINTERFACE_ROW* row)
    {
        try
        {
            return IpHlpApi.GetIpInterfaceEntry(row);
        }
        catch (EntryPointNotFoundException)
        {
            return IpHlpApi.ERROR_NOT_SUPPORTED;
        }
    }
}
