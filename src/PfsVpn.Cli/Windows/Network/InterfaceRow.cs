namespace PfsVpn.Cli.Windows.Network;

/// <summary>An interface as one family sees it.</summary>
/// <param name="Interface">Its LUID.</param>
/// <param name="IsV4">The family.</param>
internal sealed record InterfaceRow(ulong Interface, bool IsV4)
{
    /// <summary>Bytes of the largest packet.</summary>
    public uint Mtu { get; init; }

    /// <summary>Added to the metrics of its routes.</summary>
    public uint Metric { get; init; }

    /// <summary>Whether Windows chooses the metric by the speed of the link.</summary>
    public bool UsesAutomaticMetric { get; init; }

    /// <summary>Whether routers on the link are looked for, and their advertisements followed.</summary>
    public bool FindsRouters { get; init; }

    /// <summary>Whether addresses come from DHCPv6.</summary>
    public bool IsManaged { get; init; }

    /// <summary>How often it is asked whether somebody else has an address before it is used.</summary>
    public uint DadTransmits { get; init; }
}
