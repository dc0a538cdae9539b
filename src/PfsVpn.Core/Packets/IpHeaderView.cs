namespace PfsVpn.Packets;

/// <summary>What <see cref="IpHeader"/> reads from the fixed part of an IPv4 or IPv6 header, byte order already converted.</summary>
/// <remarks>Threading: immutable. It is a copy: the packet may change afterwards.</remarks>
internal readonly struct IpHeaderView
{
    /// <summary>4 or 6.</summary>
    public byte Version { get; internal init; }

    /// <summary>Whether the packet is IPv4.</summary>
    public bool IsV4 => Version == 4;

    /// <summary>TOS octet or traffic class: DSCP in the upper six bits, ECN in the lower two.</summary>
    public byte Tos { get; internal init; }

    /// <summary>IPv4: the protocol. IPv6: the next header of the fixed header, which may be an extension header.</summary>
    public byte Protocol { get; internal init; }

    /// <summary>
    /// Whether this is a fragment other than the first, so that no transport header follows. For IPv6 only a fragment header
    /// directly behind the fixed header is seen.
    /// </summary>
    public bool IsFragment { get; internal init; }

    /// <summary>Bytes of the header: 20 to 60 for IPv4 with its options, 40 for IPv6 without extension headers.</summary>
    public int HeaderLength { get; internal init; }

    /// <summary>Bytes of the whole packet as the header says, at least <see cref="HeaderLength"/>; it may exceed what was received.</summary>
    public int TotalLength { get; internal init; }

    /// <summary>First half of an IPv6 source, 0 for IPv4.</summary>
    public ulong SourceHigh { get; internal init; }

    /// <summary>Second half of an IPv6 source; the 32 bits of an IPv4 source.</summary>
    public ulong SourceLow { get; internal init; }

    /// <summary>First half of an IPv6 destination, 0 for IPv4.</summary>
    public ulong DestinationHigh { get; internal init; }

    /// <summary>Second half of an IPv6 destination; the 32 bits of an IPv4 destination.</summary>
    public ulong DestinationLow { get; internal init; }

    /// <summary>The 32 bits of an IPv4 source.</summary>
    public uint SourceV4 => (uint)SourceLow;

    /// <summary>The 32 bits of an IPv4 destination.</summary>
    public uint DestinationV4 => (uint)DestinationLow;

    /// <summary>The source of either family.</summary>
    public IpAddress Source => IsV4 ? new IpAddress(SourceV4) : new IpAddress(SourceHigh, SourceLow);

    /// <summary>The destination of either family.</summary>
    public IpAddress Destination => IsV4 ? new IpAddress(DestinationV4) : new IpAddress(DestinationHigh, DestinationLow);
}
