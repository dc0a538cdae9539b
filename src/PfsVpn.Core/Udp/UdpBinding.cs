using PfsVpn.Packets;

namespace PfsVpn.Udp;

/// <summary>Where a device's sockets are bound.</summary>
/// <param name="Port">The UDP port, 0 for any free one, the same for both families.</param>
/// <param name="Mark">SO_MARK of every datagram sent, 0 for none; without effect on Windows.</param>
internal sealed record UdpBinding(ushort Port, uint Mark = 0)
{
    /// <summary>The interface that everything arrives and leaves by (SO_BINDTODEVICE), empty for whatever the routing table says.</summary>
    public string Device { get; init; } = "";

    /// <summary>The local addresses, the default value for any.</summary>
    public BindAddresses Addresses { get; init; }

    /// <summary>For messages.</summary>
    public override string ToString() => $"UDP port {Port}{(Addresses.IsAny ? "" : $" of {Addresses}")}{(Device.Length == 0 ? "" : $" on {Device}")}";
}
