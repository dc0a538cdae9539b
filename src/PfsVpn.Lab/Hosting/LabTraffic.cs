using System.Buffers.Binary;
using System.Diagnostics;
using PfsVpn.Crypto;
using PfsVpn.Packets;

namespace PfsVpn.Lab.Hosting;

/// <summary>The inner packets that a lab device sends: at a steady rate, or a number of them at once, with a marker as their text where one is given.</summary>
/// <remarks>
/// IPv4 with UDP from one address to one other. The text is the packet's number, then the marker over and over; without a marker a pattern. A marker is kept in
/// locked memory and only until the packets that carry it have been taken, so that a search for it afterwards finds what others left.
/// Threading: any thread; <see cref="Changed"/> wakes whoever waits for packets.
/// </remarks>
internal sealed class LabTraffic(IpAddress address, IpAddress peer) : IDisposable
{
    /// <summary>The longest marker in bytes.</summary>
    public const int LongestMarker = 64;

    /// <summary>The most packets a second.</summary>
    public const int HighestRate = 10_000;

    private const int HeaderBytes = 28;

    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(1);

    // Short, middle and long ones, as traffic is.
    private static readonly int[] TextLengths = [40, 200, 1100, 64];

    private readonly Lock _gate = new();
    private readonly LockedBlock _marker = new(LongestMarker);
    private int _markerLength;
    private int _burst;
    private int _rate;
    private TimeSpan _due;
    private long _made;

    private static TimeSpan Now => Stopwatch.GetElapsedTime(0);

    /// <summary>Called, outside of the lock, when there may be more to send.</summary>
    public Action? Changed { get; set; }

    /// <summary>Packets handed out so far.</summary>
    public long Made => Volatile.Read(ref _made);

    /// <summary>Sends this many packets a second from now on; 0 for none.</summary>
    public void SetRate(int packetsPerSecond)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(packetsPerSecond);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(packetsPerSecond, HighestRate);
        lock (_gate) (_rate, _due) = (packetsPerSecond, Now);
        Changed?.Invoke();
    }

    /// <summary>Sends a number of packets at once, with a marker of at most <see cref="LongestMarker"/> bytes or none.</summary>
    public void Send(int count, ReadOnlySpan<byte> marker)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(marker.Length, LongestMarker);
        lock (_gate)
        {
            _burst += count;
            if (!marker.IsEmpty)
            {
                marker.CopyTo(_marker.Span);
                _markerLength = marker.Length;
            }
        }
        Changed?.Invoke();
    }

    /// <summary>How many packets are due, at most <paramref name="limit"/>; they count as handed out.</summary>
    public int Take(int limit)
    {
        lock (_gate)
        {
            // Whoever was stopped for a while does not make up for all of it.
            if (Now - _due > LongestDelay) _due = Now - LongestDelay;
            var steady = 0;
            for (; _rate > 0 && steady < limit && _due <= Now; steady++) _due += NextGap();
            var burst = Math.Min(_burst, limit - steady);
            _burst -= burst;
            return steady + burst;
        }
    }

    /// <summary>Milliseconds until a packet is due: 0 for now, -1 for never.</summary>
    public int MillisecondsToNext()
    {
        lock (_gate)
        {
            if (_burst > 0) return 0;
            if (_rate == 0) return -1;
            return Math.Max(0, (int)Math.Ceiling((_due - Now).TotalMilliseconds));
        }
    }

    /// <summary>Writes a packet that <see cref="Take"/> granted. Returns its length.</summary>
    public int Write(Span<byte> packet)
    {
        lock (_gate)
        {
            var number = _made++;
            var text = TextLengths[number % TextLengths.Length];
            packet = packet[..(HeaderBytes + text)];
            WriteHeaders(packet);
            var body = packet[HeaderBytes..];
            BinaryPrimitives.WriteInt64LittleEndian(body, number);
            for (var i = sizeof(long); i < body.Length; i++) body[i] = _markerLength > 0 ? _marker.Span[(i - sizeof(long)) % _markerLength] : (byte)i;
            return packet.Length;
        }
    }

    /// <summary>What was taken has been written: a marker that no packet waits for is erased.</summary>
    public void Taken()
    {
        lock (_gate)
        {
            if (_burst > 0 || _markerLength == 0) return;
            _marker.Erase();
            _markerLength = 0;
        }
    }

    /// <summary>Erases the marker.</summary>
    public void Dispose() => _marker.Dispose();

    /// <summary>Half to one and a half times the mean: two devices in step would start their handshakes in step too, and destroy each other's.</summary>
    private TimeSpan NextGap() => TimeSpan.FromSeconds((0.5 + Random.Shared.NextDouble()) / _rate);

    private void WriteHeaders(Span<byte> packet)
    {
        packet[..HeaderBytes].Clear();
        packet[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)packet.Length);
        packet[8] = 64;
        packet[9] = 17;
        address.Write(packet[12..]);
        peer.Write(packet[16..]);
        BinaryPrimitives.WriteUInt16BigEndian(packet[10..], HeaderChecksum(packet[..20]));
        BinaryPrimitives.WriteUInt16BigEndian(packet[20..], 9);
        BinaryPrimitives.WriteUInt16BigEndian(packet[22..], 9);
        // No checksum of the text: zero says so (RFC 768).
        BinaryPrimitives.WriteUInt16BigEndian(packet[24..], (ushort)(packet.Length - 20));
    }

    private static ushort HeaderChecksum(ReadOnlySpan<byte> header)
    {
        var sum = 0u;
        for (var i = 0; i < header.Length; i += 2) sum += BinaryPrimitives.ReadUInt16BigEndian(header[i..]);
        while (sum >> 16 != 0) sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)~sum;
    }
}
