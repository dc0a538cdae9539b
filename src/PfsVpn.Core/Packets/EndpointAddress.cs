namespace PfsVpn.Packets;

/// <summary>Where a peer's datagrams come from or go to: address, UDP port, and the scope of a link-local IPv6 address.</summary>
/// <param name="Address">IPv4 or IPv6 address.</param>
/// <param name="Port">UDP port, 1 to 65535.</param>
/// <param name="ScopeId">Interface index of a link-local IPv6 address, else 0.</param>
internal readonly record struct EndpointAddress(IpAddress Address, ushort Port, uint ScopeId = 0)
{
    /// <summary>The form of <c>wg</c>: 192.0.2.1:51820, [2001:db8::1]:51820, [fe80::1%2]:51820.</summary>
    public override string ToString() => Address.IsV4
        ? $"{Address}:{Port}"
        : ScopeId == 0 ? $"[{Address}]:{Port}" : $"[{Address}%{ScopeId}]:{Port}";
}
