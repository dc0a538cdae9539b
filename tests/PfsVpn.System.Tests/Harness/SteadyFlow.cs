using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace PfsVpn.SystemTests.Harness;

/// <summary>Numbered UDP datagrams at a steady pace from one namespace to another, through a tunnel that may stop meanwhile: which were lost, and for how long nothing came.</summary>
public sealed class SteadyFlow : IDisposable
{
    /// <summary>Bytes of each datagram's payload.</summary>
    public const int PayloadBytes = 200;

    /// <summary>Bytes of the transport message that carries one: 28 of headers, padded to a multiple of 16, and 32 of overhead.</summary>
    public const int MessageBytes = ((PayloadBytes + 28 + 15) / 16 * 16) + 32;

    private readonly Socket _sender;
    private readonly Socket _receiver;
    private readonly IPEndPoint _target;
    private readonly TimeSpan _interval;
    private readonly ConcurrentDictionary<long, TimeSpan> _arrivals = new();
    private readonly List<TimeSpan> _sent = [];
    private readonly Stopwatch _watch;
    private readonly Task _sending;
    private readonly Task _receiving;
    private volatile bool _ended;

    private SteadyFlow(Socket sender, Socket receiver, IPEndPoint target, TimeSpan interval, Stopwatch watch)
    {
        (_sender, _receiver, _target, _interval, _watch) = (sender, receiver, target, interval, watch);
        _receiving = Task.Factory.StartNew(Receive, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        _sending = Task.Factory.StartNew(Send, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>The time, by the clock that all flows of a test share, of the first arrival after <paramref name="moment"/>; null where none came.</summary>
    public TimeSpan? FirstArrivalAfter(TimeSpan moment) => _arrivals.Values.Where(at => at > moment).Cast<TimeSpan?>().DefaultIfEmpty(null).Min();

    /// <summary>The last arrival up to <paramref name="moment"/>; null where none came.</summary>
    public TimeSpan? LastArrivalBefore(TimeSpan moment) => _arrivals.Values.Where(at => at <= moment).Cast<TimeSpan?>().DefaultIfEmpty(null).Max();

    /// <summary>How many datagrams were sent, and when the lost ones were.</summary>
    public (int Sent, IReadOnlyList<TimeSpan> Lost) Result
    {
        get
        {
            lock (_sent) return (_sent.Count, [.. _sent.Where((_, number) => !_arrivals.ContainsKey(number))]);
        }
    }

    /// <summary>Begins to send to <paramref name="address"/>, an address of the tunnel at <paramref name="to"/>.</summary>
    public static SteadyFlow Start(NetworkNamespace from, NetworkNamespace to, IPAddress address, TimeSpan interval, Stopwatch watch)
    {
        // Bound to no address: the interfaces may go and come back.
        var receiver = to.OpenUdp(IPAddress.Any);
        var sender = from.OpenUdp(IPAddress.Any);
        return new SteadyFlow(sender, receiver, new IPEndPoint(address, ((IPEndPoint)receiver.LocalEndPoint!).Port), interval, watch);
    }

    /// <summary>Stops sending, and waits until all has arrived, or for a second.</summary>
    public async Task StopAsync()
    {
        _ended = true;
        await _sending;
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < TimeSpan.FromSeconds(1) && Result.Lost.Count > 0;) await Task.Delay(20);
    }

    public void Dispose()
    {
        _ended = true;
        _sending.Wait();
        _sender.Dispose();
        _receiver.Dispose();
        _receiving.Wait();
    }

    private void Send()
    {
        var data = new byte[PayloadBytes];
        for (var number = 0L; !_ended; number++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(data, number);
            lock (_sent) _sent.Add(_watch.Elapsed);
            try
            {
                _sender.SendTo(data, _target);
            }
            catch (SocketException)
            {
                // No route while the interface is gone: lost like any other.
            }
            Thread.Sleep(_interval);
        }
    }

    private void Receive()
    {
        var buffer = new byte[2048];
        try
        {
            while (true)
            {
                if (_receiver.Receive(buffer) != PayloadBytes) continue;
                var number = BinaryPrimitives.ReadInt64LittleEndian(buffer);
                if (!_arrivals.TryAdd(number, _watch.Elapsed)) throw new InvalidOperationException($"datagram {number} arrived twice");
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }
}
