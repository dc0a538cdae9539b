using PfsVpn.Packets;

namespace PfsVpn.Tests.Udp;

/// <summary>A datagram as received, copied.</summary>
internal sealed record Datagram(byte[] Payload, byte Tos, EndpointAddress Remote, LocalSource Local);
