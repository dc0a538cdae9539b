using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Paths;

/// <summary>Echo requests that routers must not fragment, and that the kernel sends although it believes the path to be narrower.</summary>
/// <remarks>
/// References: RFC 792, RFC 4443 §4, icmp(7), ip(7) (IP_PMTUDISC_PROBE). Threading: one thread. Ownership: whoever made it disposes it.
/// A raw socket, or where that is not allowed the kernel's own echo socket, which only groups of net.ipv4.ping_group_range may have.
/// </remarks>
internal sealed class EchoSender : IDisposable
{
    private const int SOL_SOCKET = 1, SO_MARK = 36, IPPROTO_IP = 0, IP_MTU_DISCOVER = 10, IPPROTO_IPV6 = 41, IPV6_MTU_DISCOVER = 23, PMTUDISC_PROBE = 3;
    private const int EchoHeader = 8, CookieBytes = 8;
    private const byte RequestV4 = 8, ReplyV4 = 0, RequestV6 = 128, ReplyV6 = 129;

    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(1);

    private readonly Socket _socket;
    private readonly IPEndPoint _target;
    private readonly bool _isV4;
    private readonly bool _isRaw;
    private readonly byte[] _cookie = new byte[CookieBytes];

    /// <summary>Opens a socket.</summary>
    /// <exception cref="SocketException">It is not allowed here.</exception>
    public EchoSender(IpAddress target, uint mark)
    {
        _isV4 = target.IsV4;
        _target = new IPEndPoint(target.ToIPAddress(), 0);
        _isRaw = TryOpen(SocketType.Raw, out var socket);
        _socket = _isRaw ? socket! : TryOpen(SocketType.Dgram, out socket) ? socket! : throw new SocketException((int)SocketError.AccessDenied);
        if (mark != 0) _socket.SetRawSocketOption(SOL_SOCKET, SO_MARK, BitConverter.GetBytes(mark));
        var (level, option) = _isV4 ? (IPPROTO_IP, IP_MTU_DISCOVER) : (IPPROTO_IPV6, IPV6_MTU_DISCOVER);
        _socket.SetRawSocketOption(level, option, BitConverter.GetBytes(PMTUDISC_PROBE));
        Random.Shared.NextBytes(_cookie);
    }

    /// <summary>Opens a socket, and sends one request of each size; null where that is not allowed here.</summary>
    public static IReadOnlySet<int>? TrySend(IpAddress target, IReadOnlyList<int> sizes, uint mark)
    {
        try
        {
            using var sender = new EchoSender(target, mark);
            return sender.Send(sizes);
        }
        catch (SocketException)
        {
            return null;
        }
    }

    /// <summary>Sends one request of each size and waits until the largest is answered, or all, or the time is over.</summary>
    /// <param name="sizes">Sizes of the IP packets in bytes.</param>
    /// <returns>The sizes that were answered.</returns>
    public IReadOnlySet<int> Send(IReadOnlyList<int> sizes)
    {
        var answered = new HashSet<int>();
        var waiting = 0;
        for (var i = 0; i < sizes.Count; i++)
            if (TrySend((ushort)i, sizes[i])) waiting++;
        var buffer = new byte[65536];
        var watch = Stopwatch.StartNew();
        while (answered.Count < waiting && !answered.Contains(sizes.Max()) && Wait - watch.Elapsed is var left && left > TimeSpan.Zero)
        {
            if (!_socket.Poll(left, SelectMode.SelectRead)) break;
            try
            {
                var count = _socket.Receive(buffer);
                if (SequenceOf(buffer.AsSpan(0, count)) is { } sequence && sequence < sizes.Count) answered.Add(sizes[sequence]);
            }
            catch (SocketException)
            {
                // What a router said of a larger packet.
            }
        }
        return answered;
    }

    public void Dispose() => _socket.Dispose();

    private bool TryOpen(SocketType type, out Socket? socket)
    {
        try
        {
            socket = new Socket(_isV4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6, type, _isV4 ? ProtocolType.Icmp : ProtocolType.IcmpV6);
            return true;
        }
        catch (SocketException)
        {
            socket = null;
            return false;
        }
    }

    private bool TrySend(ushort sequence, int size)
    {
        var message = new byte[size - (_isV4 ? IpHeader.V4MinLengthInBytes : IpHeader.V6LengthInBytes)];
        message[0] = _isV4 ? RequestV4 : RequestV6;
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(4), (ushort)Environment.ProcessId);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(6), sequence);
        _cookie.CopyTo(message, EchoHeader);
        // The kernel does that of IPv6.
        if (_isV4) BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), InternetChecksum.Compute(message));
        try
        {
            _socket.SendTo(message, _target);
            return true;
        }
        catch (SocketException)
        {
            // Larger than the device takes, or no way: not answered.
            return false;
        }
    }

    private ushort? SequenceOf(ReadOnlySpan<byte> message)
    {
        // A raw IPv4 socket gives the IP header as well.
        if (_isV4 && _isRaw)
        {
            if (message.Length < IpHeader.V4MinLengthInBytes) return null;
            var header = (message[0] & 15) * 4;
            if (message.Length < header) return null;
            message = message[header..];
        }
        return message.Length >= EchoHeader + CookieBytes && message[0] == (_isV4 ? ReplyV4 : ReplyV6) && message.Slice(EchoHeader, CookieBytes).SequenceEqual(_cookie)
            ? BinaryPrimitives.ReadUInt16BigEndian(message[6..])
            : null;
    }
}
