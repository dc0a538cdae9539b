using System.Buffers;
using PfsVpn.Configuration;
using PfsVpn.Device;
using PfsVpn.Transport;

namespace PfsVpn.Runtime;

/// <summary>A running device: two pumps, the control loop and the link monitor around a <see cref="WireGuardDevice"/>.</summary>
/// <remarks>Threading: all members from any thread. When <see cref="Completion"/> completes, every thread has ended and every key is erased.</remarks>
internal sealed class DeviceRuntime : IDeviceControl, IDisposable
{
    private const int PumpStackBytes = 512 * 1024;
    private const int ESHUTDOWN = 108;

    private readonly DeviceRuntimeOptions _options;
    private readonly WireGuardDevice _device;
    private readonly UdpTransport _udp = new();
    private readonly ControlLoop _control;
    private readonly InterfaceState _state;
    private readonly OpeningCrew? _crew;
    private readonly StatusSource _status;
    private readonly DeviceMeter? _meter;
    private readonly TunToUdpPump[] _outbound;
    private readonly UdpToTunPump[] _inbound;
    private readonly List<Thread> _threads = [];
    private readonly TaskCompletionSource<DeviceEnd> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _end = -1;
    private int _started;

    /// <summary>Takes its parts; nothing runs yet.</summary>
    public DeviceRuntime(DeviceRuntimeOptions options)
    {
        _options = options;
        _device = new WireGuardDevice(options.Arena, options.Logger, options.Random, static () => BootClock.Now) { Mtu = options.Tun.Mtu };
        _control = new ControlLoop(_device, _udp, options.Random, options.Notifier);
        _state = new InterfaceState(_device, _udp, options.Sockets, _control);
        _crew = options.Threads > 1 ? new OpeningCrew(options.Threads - 1) : null;
        _status = new StatusSource(_device, options.Tun, _udp, _crew, BootClock.Now);
        _meter = options.PublishesMetrics ? new DeviceMeter(_status, ReadAsync, TimeProvider.System) : null;
        _outbound = [.. options.Tun.Queues.Select(queue => new TunToUdpPump(_device, options.Tun, queue, _udp, EndWithInterface))];
        var (receivers, size) = (options.Sockets.ReceiverCount, options.Sockets.BatchSize);
        _inbound = [.. Enumerable.Range(0, receivers).Select(index => new UdpToTunPump(_device, options.Tun, _udp, index, size, _crew, options.Random))];
    }

    /// <summary>Completes when every thread has ended and every key is erased; never faults.</summary>
    public Task<DeviceEnd> Completion => _completion.Task;

    /// <summary>Drops, keys and peers, for tests that host a device.</summary>
    internal WireGuardDevice Device => _device;

    /// <summary>Starts the threads.</summary>
    public void Start()
    {
        if (Interlocked.Exchange(ref _started, 1) != 0) throw new InvalidOperationException("The device runs already.");
        foreach (var pump in _outbound) StartThread("tun-to-udp", pump.Run);
        foreach (var pump in _inbound) StartThread("udp-to-tun", pump.Run);
        new Thread(RunControl, PumpStackBytes) { IsBackground = true, Name = "control" }.Start();
        if (_options.Links is { } links) links.Start(new LinkEvents(_control, _state, _device, EndWithInterface));
        else _control.Post(_state.GoUp);
    }

    /// <summary>Asks the device to end; the first reason counts.</summary>
    public void Stop(DeviceEnd reason)
    {
        if (Interlocked.CompareExchange(ref _end, (int)reason, -1) != -1) return;
        _control.Stop();
        if (Volatile.Read(ref _started) == 0) Finish();
    }

    /// <inheritdoc/>
    public Task<int> ApplyAsync(DeviceChange change)
    {
        var done = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (_control.Post(_state.Apply(change, done))) return done.Task;
        change.Dispose();
        return Task.FromResult(ESHUTDOWN);
    }

    /// <inheritdoc/>
    public Task ReadStateAsync(Action<DeviceState> write) => ReadAsync(() => write(_device.Describe(_udp.Port)));

    /// <inheritdoc/>
    public Task WriteStatusAsync(IBufferWriter<byte> destination)
    {
        // Looked at here, not on the control loop: it reads files.
        var protections = _options.Protections?.Invoke();
        return ReadAsync(() => StatusWriter.Write(destination, _status, protections, BootClock.Now));
    }

    /// <summary>
    /// The machine is about to sleep: erases all session keys and handshakes, and holds new ones back until <see cref="Resume"/> or, should nobody call it,
    /// for <see cref="WireGuardDevice.LongestRest"/>. Completes when that is done, at once where the device has ended.
    /// </summary>
    public Task PrepareForSleepAsync() => EraseAsync(KeyEndReason.BeforeSleep);

    /// <summary>The machine is awake again.</summary>
    public void Resume() => _ = _control.PostUrgent(() => _device.AfterSleep(_control.Step()));

    /// <summary>This virtual machine was cloned or restored: all session keys and handshakes end before anything else is done. Completes when that is done.</summary>
    public Task EndSessionsOfCloneAsync() => EraseAsync(KeyEndReason.MachineCloned);

    /// <summary>Stops, and waits for the end.</summary>
    public void Dispose()
    {
        Stop(DeviceEnd.Stopped);
        Completion.Wait();
    }

    private Task ReadAsync(Action read) => TryPost(read, _control.Post, out var done) ? done : Task.FromException(new ObjectDisposedException(nameof(DeviceRuntime)));

    /// <summary>At once; a device that has ended has nothing left to erase.</summary>
    private Task EraseAsync(KeyEndReason reason) => TryPost(() => _device.EraseSessions(reason), _control.PostUrgent, out var done) ? done : Task.CompletedTask;

    /// <summary>Has the control loop do something; false where it has ended and will not.</summary>
    private static bool TryPost(Action work, Func<Action, bool> post, out Task done)
    {
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        done = end.Task;
        return post(() =>
        {
            try
            {
                work();
                end.SetResult();
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                end.SetException(failure);
            }
        });
    }

    private void EndWithInterface() => Stop(_options.Tun.Failure is null ? DeviceEnd.InterfaceDeleted : DeviceEnd.InterfaceFailed);

    private void StartThread(string name, Action run)
    {
        var thread = new Thread(() => Guard(name, run), PumpStackBytes) { IsBackground = true, Name = name };
        _threads.Add(thread);
        thread.Start();
    }

    private void RunControl()
    {
        Guard("control", _control.Run);
        Finish();
    }

    private void Guard(string name, Action run)
    {
        try
        {
            run();
        }
        catch (Exception failure)
        {
            _device.Logger.ThreadFailed(name, failure.ToString());
            Stop(DeviceEnd.Failed);
        }
    }

    private void Finish()
    {
        if (Volatile.Read(ref _end) == (int)DeviceEnd.InterfaceFailed) _device.Logger.InterfaceFailed(_options.Tun.Failure!);
        _meter?.Dispose();
        foreach (var pump in _outbound) pump.Stop();
        foreach (var pump in _inbound) pump.Stop();
        _udp.Close();
        foreach (var thread in _threads) thread.Join();
        _crew?.Dispose();
        _udp.Dispose();
        _options.Links?.Dispose();
        _device.Dispose();
        _options.Tun.Dispose();
        _options.Arena.Dispose();
        _completion.TrySetResult((DeviceEnd)Volatile.Read(ref _end));
    }
}
