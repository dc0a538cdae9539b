using PfsVpn.Packets;

namespace PfsVpn.Tun;

/// <summary>One queue of a tunnel adapter: the packets that go out.</summary>
/// <remarks>
/// Contract: a pump reads until <see cref="IsDrained"/>, wipes its batch, then blocks in <see cref="Wait"/>; after Readable it reads again.
/// Threading: Read, IsDrained and Wait belong to one thread, <see cref="Interrupt"/> to any.
/// </remarks>
internal interface ITunQueue
{
    /// <summary>Whether the last <see cref="Read"/> left nothing behind, as far as is known or likely: waiting comes next.</summary>
    bool IsDrained { get; }

    /// <summary>How many packets the last <see cref="Read"/> dropped because what the system said about them cannot be true.</summary>
    int MalformedCount { get; }

    /// <summary>
    /// Never blocks. Fills an empty batch with packets, super-packets cut into segments, laid out as <see cref="WireLayout"/> says for the MTU that it sets in
    /// <see cref="PacketBatch.Mtu"/>. Returns how many; 0 where there are none, -1 where the device is gone.
    /// </summary>
    int Read(PacketBatch batch);

    /// <summary>Blocks until there is something to read, or <see cref="Interrupt"/>, or the device is gone, or the milliseconds have passed (-1: never).</summary>
    WaitResult Wait(int milliseconds);

    /// <summary>Makes the current or the next <see cref="Wait"/> return.</summary>
    void Interrupt();
}
