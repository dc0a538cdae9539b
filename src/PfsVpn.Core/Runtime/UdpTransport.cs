using PfsVpn.Device;
using PfsVpn.Packets;
using PfsVpn.Udp;

namespace PfsVpn.Runtime;

/// <summary>The device's present socket, if any: it changes when the port does, and is gone while the interface is down.</summary>
/// <remarks>Threading: the control loop replaces; pumps send and receive, and wait here for a socket.</remarks>
internal sealed class UdpTransport : IDatagramSink, IDisposable
{
    private readonly Lock _gate = new();
    private readonly ManualResetEventSlim _changed = new(false, spinCount: 0);
    private IUdpSocket? _socket;
    private bool _closed;

    /// <summary>The present socket, or null.</summary>
    public IUdpSocket? Socket => Volatile.Read(ref _socket);

    /// <summary>The port of the present socket, 0 for none.</summary>
    public ushort Port => Socket?.Port ?? 0;

    /// <summary>Puts another socket, or none, in the place of the present one, which ends.</summary>
    public void Replace(IUdpSocket? socket)
    {
        IUdpSocket? old;
        lock (_gate)
        {
            old = _socket;
            Volatile.Write(ref _socket, socket);
            _changed.Set();
        }
        if (old is null) return;
        foreach (var receiver in old.Receivers) receiver.Interrupt();
        old.Dispose();
    }

    /// <summary>Ends the present socket and all waiting, for good.</summary>
    public void Close()
    {
        lock (_gate) _closed = true;
        Replace(null);
    }

    /// <summary>Frees the event; nobody waits any more.</summary>
    public void Dispose() => _changed.Dispose();

    /// <summary>Blocks until there is a socket; null when closed.</summary>
    public IUdpSocket? WaitForSocket()
    {
        while (true)
        {
            lock (_gate)
            {
                if (_closed) return null;
                if (_socket is { } socket) return socket;
                _changed.Reset();
            }
            _changed.Wait();
        }
    }

    /// <inheritdoc/>
    public UdpSendResult Send(ReadOnlySpan<byte> datagram, Endpoint endpoint, byte tos) => Socket?.Send(datagram, endpoint, tos) ?? UdpSendResult.Failed;

    /// <inheritdoc/>
    public int LastErrno => Socket?.LastErrno ?? 0;

    /// <inheritdoc/>
    public UdpSendResult Send(PacketBatch batch, int first, int count, Endpoint endpoint) => Socket?.Send(batch, first, count, endpoint) ?? UdpSendResult.Failed;
}
