namespace PfsVpn.Packets;

/// <summary>The local addresses that a device's UDP sockets are bound to: one of each family at most. The default value is any address of both families.</summary>
/// <param name="V4">The IPv4 address, or the default value.</param>
/// <param name="V6">The IPv6 address, or the default value.</param>
/// <remarks>With one given there is a socket of its family only.</remarks>
internal readonly record struct BindAddresses(IpAddress V4, IpAddress V6)
{
    /// <summary>Whether none is given.</summary>
    public bool IsAny => V4.Family == 0 && V6.Family == 0;

    /// <summary>Whether there is to be an IPv4 socket.</summary>
    public bool WantsV4 => IsAny || V4.Family != 0;

    /// <summary>Whether there is to be an IPv6 socket.</summary>
    public bool WantsV6 => IsAny || V6.Family != 0;

    /// <summary>Adds an address; false where there is one of its family already.</summary>
    public bool TryAdd(IpAddress address, out BindAddresses sum)
    {
        var isFree = (address.IsV4 ? V4 : V6).Family == 0;
        sum = address.IsV4 ? this with { V4 = address } : this with { V6 = address };
        return isFree;
    }

    /// <summary>The addresses, separated by a comma; empty for none.</summary>
    public override string ToString() => V6.Family == 0 ? V4.Family == 0 ? "" : V4.ToString() : V4.Family == 0 ? V6.ToString() : $"{V4},{V6}";
}
