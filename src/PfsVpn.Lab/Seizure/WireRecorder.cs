using System.Net;
using System.Net.Sockets;
using PfsVpn.Runtime;

namespace PfsVpn.Lab.Seizure;

/// <summary>The attacker on the wire: everything between the two sides passes here, is written down with its time, and goes on unchanged.</summary>
/// <remarks>
/// UDP on the loopback interface: each side believes that the other one is the port here that is its own. Sizes: at most <see cref="MostBytes"/> are kept.
/// Threading: one owner; two threads carry.
/// </remarks>
internal sealed class WireRecorder : IDisposable
{
    /// <summary>The most bytes of datagrams that are kept.</summary>
    public const long MostBytes = 512L * 1024 * 1024;

    private const int LongestDatagram = 65_536;

    private readonly Socket[] _sockets = [Open(), Open()];
    private readonly IPEndPoint?[] _sides = new IPEndPoint?[2];
    private readonly Thread[] _threads;
    private readonly List<RecordedPacket> _packets = [];
    private long _bytes;
    private bool _isFull;
    private volatile bool _stopping;

    /// <summary>Opens both ports; <see cref="Connect"/> comes next.</summary>
    public WireRecorder()
    {
        _threads = [.. Enumerable.Range(0, 2).Select(side => new Thread(() => Carry(side)) { IsBackground = true, Name = $"wire-{side}" })];
    }

    /// <summary>What each side is to take for the other's address.</summary>
    public int PortFor(int side) => ((IPEndPoint)_sockets[side].LocalEndPoint!).Port;

    /// <summary>Says where the two sides are, and begins.</summary>
    public void Connect(int firstPort, int secondPort)
    {
        (_sides[0], _sides[1]) = (new IPEndPoint(IPAddress.Loopback, firstPort), new IPEndPoint(IPAddress.Loopback, secondPort));
        foreach (var thread in _threads) thread.Start();
    }

    /// <summary>Ends the recording and returns it, in order of time.</summary>
    /// <exception cref="LabException">There was more than is kept.</exception>
    public IReadOnlyList<RecordedPacket> Stop()
    {
        Dispose();
        lock (_packets) return _isFull ? throw new LabException($"The wire had more than {MostBytes >> 20} MiB.") : [.. _packets.OrderBy(static packet => packet.At)];
    }

    /// <summary>Closes the ports.</summary>
    public void Dispose()
    {
        _stopping = true;
        foreach (var socket in _sockets) socket.Dispose();
        foreach (var thread in _threads)
            if (thread.IsAlive) thread.Join();
    }

    private static Socket Open()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 4 << 20 };
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    private void Carry(int side)
    {
        var buffer = new byte[LongestDatagram];
        while (!_stopping)
        {
            try
            {
                var length = _sockets[side].Receive(buffer);
                Note(side, buffer.AsSpan(0, length));
                _sockets[1 - side].SendTo(buffer.AsSpan(0, length), SocketFlags.None, _sides[1 - side]!);
            }
            catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
            {
                // Closed; or nobody listens there yet, as on any network.
            }
        }
    }

    private void Note(int side, ReadOnlySpan<byte> datagram)
    {
        var now = BootClock.Now;
        lock (_packets)
        {
            _isFull |= _bytes + datagram.Length > MostBytes;
            if (_isFull) return;
            _bytes += datagram.Length;
            _packets.Add(new RecordedPacket(now, side, datagram.ToArray()));
        }
    }
}
