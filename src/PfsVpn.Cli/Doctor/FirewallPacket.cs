using PfsVpn.Packets;

namespace PfsVpn.Cli.Doctor;

/// <summary>A packet that a firewall is asked about. What is null is not known, and a rule that asks for it does not settle anything.</summary>
/// <param name="InputDevice">Where it comes in.</param>
/// <param name="OutputDevice">Where it goes out.</param>
/// <param name="Protocol">udp, or null for any.</param>
/// <param name="Source">Its source address.</param>
/// <param name="Destination">Its destination address.</param>
/// <param name="SourcePort">Its source port.</param>
/// <param name="DestinationPort">Its destination port.</param>
/// <param name="State">new or established, as connection tracking has it.</param>
internal sealed record FirewallPacket(
    string? InputDevice, string? OutputDevice, string? Protocol, IpAddress? Source, IpAddress? Destination, int? SourcePort, int? DestinationPort, string State)
{
    /// <summary>A first datagram.</summary>
    public static FirewallPacket Udp(IpAddress? source, IpAddress? destination, int port) => new(null, null, "udp", source, destination, null, port, "new");

    /// <summary>An answer to a datagram of ours.</summary>
    public static FirewallPacket UdpAnswer(EndpointAddress from, int port) => new(null, null, "udp", from.Address, null, from.Port, port, "established");

    /// <summary>Any first packet by these devices.</summary>
    public static FirewallPacket Through(string? input, string? output) => new(input, output, null, null, null, null, null, "new");
}
