using PfsVpn.Packets;

namespace PfsVpn.Tun;

/// <summary>What ended a wait on a device.</summary>
public enum WaitResult
{
    /// <summary>There is something to read.</summary>
    Readable,

    /// <summary>Somebody called Interrupt.</summary>
    Interrupted,

    /// <summary>The device is gone for good.</summary>
    Closed,
}

/// <summary>A layer-3 tunnel adapter that reads and writes batches of IP packets.</summary>
/// <remarks>
/// Contract: a pump drains with <see cref="Read"/> until it returns no packets, wipes its batch, then blocks in <see cref="Wait"/>.
/// Reading places each packet with <see cref="PacketBatch.HeaderRoom"/> bytes before and <see cref="PacketBatch.TailRoom"/> behind it.
/// Threading: Read and Wait belong to one thread; <see cref="Write"/> may be called from several; <see cref="Interrupt"/> from any.
/// Errors: constructors throw; Read, Write and Wait never do.
/// </remarks>
public interface ITunDevice : IDisposable
{
    /// <summary>The interface's name.</summary>
    string Name { get; }

    /// <summary>The interface's MTU in bytes, kept up to date; read at each batch.</summary>
    int Mtu { get; }

    /// <summary>Never blocks. Appends packets to an empty batch and returns how many; 0 where there are none, -1 where the device is gone.</summary>
    int Read(PacketBatch batch);

    /// <summary>Blocks until there is something to read, or <see cref="Interrupt"/>, or the device is gone.</summary>
    WaitResult Wait();

    /// <summary>Writes every packet in <see cref="PacketBatch.Output"/> and returns how many the system took.</summary>
    int Write(PacketBatch batch);

    /// <summary>Makes the current or the next <see cref="Wait"/> return.</summary>
    void Interrupt();
}
