namespace PfsVpn.Packets;

/// <summary>The local side of a received datagram: the address it was sent to and the interface it came in on. The default value means "let the route decide".</summary>
/// <param name="Address">Local address, family 0 for none.</param>
/// <param name="InterfaceIndex">Index of the interface, 0 for none.</param>
internal readonly record struct LocalSource(IpAddress Address, uint InterfaceIndex)
{
    /// <summary>Whether no source is remembered.</summary>
    public bool IsNone => Address.Family == 0;
}
