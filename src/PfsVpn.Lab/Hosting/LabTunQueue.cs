using System.Diagnostics;
using PfsVpn.Packets;
using PfsVpn.Tun;

namespace PfsVpn.Lab.Hosting;

/// <summary>The one queue of a <see cref="LabTunDevice"/>.</summary>
/// <remarks>Threading: as <see cref="ITunQueue"/> says.</remarks>
internal sealed class LabTunQueue : ITunQueue
{
    private const int PacketsPerRead = 32;
    private const int LongestPacket = 2048;

    private readonly LabTraffic _traffic;
    private readonly int _mtu;
    private readonly object _gate = new();
    private bool _interrupted;
    private bool _closed;

    /// <summary>Makes a queue of what <paramref name="traffic"/> has to send.</summary>
    public LabTunQueue(LabTraffic traffic, int mtu)
    {
        _traffic = traffic;
        _mtu = mtu;
        traffic.Changed = Pulse;
    }

    /// <inheritdoc/>
    public bool IsDrained { get; private set; }

    /// <inheritdoc/>
    public int MalformedCount => 0;

    /// <inheritdoc/>
    public unsafe int Read(PacketBatch batch)
    {
        if (Volatile.Read(ref _closed)) return -1;
        batch.Mtu = _mtu;
        var count = _traffic.Take(Math.Min(PacketsPerRead, batch.MaxPackets));
        IsDrained = count < PacketsPerRead;
        var offset = PacketBatch.HeaderRoom;
        for (var i = 0; i < count; i++)
        {
            var length = _traffic.Write(new Span<byte>(batch.Memory + offset, LongestPacket));
            batch.TryAdd(offset, length);
            batch.UsedBytes = Math.Max(batch.UsedBytes, offset + length + PacketBatch.TailRoom);
            offset = WireLayout.Next(offset, length, _mtu);
        }
        if (count > 0) _traffic.Taken();
        return count;
    }

    /// <inheritdoc/>
    public WaitResult Wait(int milliseconds)
    {
        var watch = Stopwatch.StartNew();
        lock (_gate)
        {
            while (true)
            {
                if (_closed) return WaitResult.Closed;
                if (_interrupted)
                {
                    _interrupted = false;
                    return WaitResult.Interrupted;
                }
                var next = _traffic.MillisecondsToNext();
                if (next == 0) return WaitResult.Readable;
                var left = milliseconds < 0 ? -1 : milliseconds - (int)watch.ElapsedMilliseconds;
                if (milliseconds >= 0 && left <= 0) return WaitResult.TimedOut;
                Monitor.Wait(_gate, next < 0 ? left : left < 0 ? next : Math.Min(next, left));
            }
        }
    }

    /// <inheritdoc/>
    public void Interrupt()
    {
        lock (_gate)
        {
            _interrupted = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>The device is gone.</summary>
    public void Close()
    {
        lock (_gate)
        {
            Volatile.Write(ref _closed, true);
            Monitor.PulseAll(_gate);
        }
    }

    private void Pulse()
    {
        lock (_gate) Monitor.PulseAll(_gate);
    }
}
