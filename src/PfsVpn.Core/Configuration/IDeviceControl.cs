using System.Buffers;

namespace PfsVpn.Configuration;

/// <summary>What the control interface asks of a running device. Everything is carried out on the device's control thread.</summary>
internal interface IDeviceControl
{
    /// <summary>Applies a whole change and takes its secrets. Returns 0, or a positive errno with nothing changed.</summary>
    Task<int> ApplyAsync(DeviceChange change);

    /// <summary>Runs <paramref name="write"/> with the present state, on the control thread, where the secrets in it are valid.</summary>
    Task ReadStateAsync(Action<DeviceState> write);

    /// <summary>Writes the status that <c>wg</c> cannot show (drops by reason, handshake failures, protections) as one JSON object, no secret in it.</summary>
    Task WriteStatusAsync(IBufferWriter<byte> destination);
}
