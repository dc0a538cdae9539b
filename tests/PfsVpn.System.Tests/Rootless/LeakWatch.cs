using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Rootless;

/// <summary>Sees every frame on a host's cable, and sorts out what is neither a WireGuard message to or from the server nor what the host needs to find it (ARP, neighbours).</summary>
public sealed class LeakWatch : IDisposable
{
    private const int EthernetHeader = 14, Udp = 17, Icmp = 1, IcmpV6 = 58;
    private const int ServerPort = 51_823;

    private readonly FrameReader _reader;
    private readonly ConcurrentQueue<string> _leaks = new();
    private int _messages;

    /// <summary>Begins to look, at all interfaces of a host but its loopback.</summary>
    public LeakWatch(NetworkNamespace host) => _reader = new FrameReader(host, Take);

    /// <summary>WireGuard messages that left the host so far.</summary>
    public int MessagesSent => Volatile.Read(ref _messages);

    /// <summary>What was no WireGuard, in words.</summary>
    public IReadOnlyList<string> Leaks => [.. _leaks];

    /// <summary>Ends it when all that had arrived was looked at.</summary>
    public void Dispose() => _reader.Dispose();

    private void Take(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < EthernetHeader + 20) return;
        var content = frame[EthernetHeader..];
        switch (BinaryPrimitives.ReadUInt16BigEndian(frame[12..]))
        {
            case 0x0806:
                return;
            case 0x0800:
                Judge(new IPAddress(content.Slice(12, 4)), new IPAddress(content.Slice(16, 4)), content[9], content[((content[0] & 15) * 4)..]);
                return;
            case 0x86DD when content.Length >= 40:
                Judge(new IPAddress(content.Slice(8, 16)), new IPAddress(content.Slice(24, 16)), content[6], content[40..]);
                return;
            default:
                _leaks.Enqueue("a frame of another protocol: " + Convert.ToHexString(frame[..Math.Min(64, frame.Length)]));
                return;
        }
    }

    private void Judge(IPAddress source, IPAddress destination, byte protocol, ReadOnlySpan<byte> body)
    {
        var isIpv6 = source.AddressFamily == AddressFamily.InterNetworkV6;
        if (protocol == Udp && body.Length > 8)
        {
            int from = BinaryPrimitives.ReadUInt16BigEndian(body), to = BinaryPrimitives.ReadUInt16BigEndian(body[2..]);
            var isOut = to == ServerPort && IsServer(destination);
            if ((isOut || (from == ServerPort && IsServer(source))) && body[8] is >= 1 and <= 4 && body[9] == 0 && body[10] == 0 && body[11] == 0)
            {
                if (isOut) Interlocked.Increment(ref _messages);
                return;
            }
        }
        // The host's own: neighbours and multicast groups of its link (IPv6), and what the server's host says of a closed port.
        if (protocol is IcmpV6 && body.Length > 0 && body[0] is >= 130 and <= 137 or 143) return;
        if (protocol is 0 && isIpv6 && destination.IsIPv6Multicast) return;
        if (protocol is Icmp or IcmpV6 && IsServer(source) && body.Length > 0 && body[0] is 1 or 3) return;
        _leaks.Enqueue(string.Create(CultureInfo.InvariantCulture, $"{source} to {destination}, protocol {protocol}, {body.Length} bytes"));
    }

    private static bool IsServer(IPAddress address) => address.ToString() is "10.9.0.2" or "fd09::2";
}
