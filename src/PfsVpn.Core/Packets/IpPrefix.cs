namespace PfsVpn.Packets;

/// <summary>An address and a prefix length, bits behind the prefix cleared: one entry of AllowedIPs.</summary>
internal readonly record struct IpPrefix
{
    /// <summary>Makes a prefix; the bits behind it are cleared.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="length"/> is not 0 to 32 (IPv4) or 0 to 128 (IPv6).</exception>
    public IpPrefix(IpAddress address, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, address.BitLength);
        Address = address.Mask(length);
        Length = (byte)length;
    }

    /// <summary>The network address.</summary>
    public IpAddress Address { get; }

    /// <summary>Bits of the prefix: 0 to 32 or 0 to 128.</summary>
    public byte Length { get; }

    /// <summary>The form of <c>wg</c>: 10.0.0.0/8.</summary>
    public override string ToString() => $"{Address}/{Length}";
}
