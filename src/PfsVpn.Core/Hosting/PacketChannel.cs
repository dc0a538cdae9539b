using PfsVpn.Tun;

namespace PfsVpn.Hosting;

/// <summary>
/// A tunnel's inside without an interface of the system: the application writes the IP packets that go into the tunnel, and reads those that come out of it. Needs no
/// privilege.
/// </summary>
/// <remarks>
/// Bounded in both directions: <see cref="TryWrite"/> refuses and <see cref="WriteAsync"/> waits where the tunnel is behind; what comes out while the application is behind is
/// dropped and counted, as an interface does. Each packet is copied once on its way in and once on its way out.
/// Threading: all members from any thread; packets of one writer keep their order.
/// Ownership: the <see cref="Tunnel"/> that it is given to disposes it; disposing it ends that tunnel.
/// </remarks>
public sealed class PacketChannel : IDisposable
{
    /// <summary>The MTU unless another is asked for: 1500 less 40 (IPv6), 8 (UDP) and 32 (transport message).</summary>
    public const int DefaultMtu = LinuxTunDevice.DefaultMtu;

    /// <summary>Packets that wait in each direction unless another number is asked for.</summary>
    public const int DefaultCapacity = 256;

    /// <summary>The smallest MTU, that of IPv4.</summary>
    public const int SmallestMtu = 68;

    /// <summary>The largest MTU: what one UDP datagram over IPv4 carries.</summary>
    public const int LargestMtu = 65_440;

    private int _taken;

    /// <summary>Makes a channel; nothing moves before it is given to a tunnel.</summary>
    /// <param name="mtu">Bytes of the longest packet, <see cref="SmallestMtu"/> to <see cref="LargestMtu"/>.</param>
    /// <param name="capacity">Packets that may wait in each direction, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public PacketChannel(int mtu = DefaultMtu, int capacity = DefaultCapacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(mtu, SmallestMtu);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(mtu, LargestMtu);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        Mtu = mtu;
        Outgoing = new PacketRing(capacity, mtu);
        Incoming = new PacketRing(capacity, mtu);
    }

    /// <summary>Bytes of the longest packet. A buffer to read into has at least as many.</summary>
    public int Mtu { get; }

    /// <summary>Whether the tunnel has ended, or the channel was disposed.</summary>
    public bool IsClosed => Outgoing.IsClosed;

    /// <summary>From the application into the tunnel.</summary>
    internal PacketRing Outgoing { get; }

    /// <summary>From the tunnel to the application.</summary>
    internal PacketRing Incoming { get; }

    /// <summary>Sends a packet into the tunnel; false where too many wait already, or the channel is closed.</summary>
    /// <param name="packet">A whole IPv4 or IPv6 packet. One for an address that no peer has is answered with an ICMP message, which is read from this channel.</param>
    /// <exception cref="ArgumentException">The packet is empty or longer than <see cref="Mtu"/>.</exception>
    public bool TryWrite(ReadOnlySpan<byte> packet)
    {
        CheckPacket(packet);
        return Outgoing.TryAdd(packet);
    }

    /// <summary>Sends a packet into the tunnel, and waits while too many wait already; false where the channel is closed.</summary>
    /// <param name="packet">As for <see cref="TryWrite"/>; it is not kept.</param>
    /// <param name="cancellationToken">Ends the wait; the packet was not sent then.</param>
    /// <exception cref="ArgumentException">The packet is empty or longer than <see cref="Mtu"/>.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> ended the wait.</exception>
    public async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> packet, CancellationToken cancellationToken = default)
    {
        CheckPacket(packet.Span);
        while (!Outgoing.TryAdd(packet.Span))
        {
            if (Outgoing.IsClosed) return false;
            await Outgoing.WaitToAddAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        return true;
    }

    /// <summary>Reads a packet that came out of the tunnel. Returns its length in bytes; 0 where there is none.</summary>
    /// <param name="buffer">At least <see cref="Mtu"/> bytes.</param>
    /// <exception cref="ArgumentException"><paramref name="buffer"/> is shorter.</exception>
    public int TryRead(Span<byte> buffer)
    {
        CheckBuffer(buffer);
        return Incoming.TryTake(buffer);
    }

    /// <summary>Reads a packet that came out of the tunnel, and waits for one. Returns its length in bytes; 0 where the channel is closed.</summary>
    /// <param name="buffer">At least <see cref="Mtu"/> bytes.</param>
    /// <param name="cancellationToken">Ends the wait; no packet is lost.</param>
    /// <exception cref="ArgumentException"><paramref name="buffer"/> is shorter.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> ended the wait.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        CheckBuffer(buffer.Span);
        while (true)
        {
            var length = Incoming.TryTake(buffer.Span);
            if (length != 0 || Incoming.IsClosed) return length;
            await Incoming.WaitToTakeAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Closes both directions and erases what waits in them. Whoever reads or writes hears of it.</summary>
    public void Dispose()
    {
        Outgoing.Dispose();
        Incoming.Dispose();
    }

    /// <summary>Gives it to a tunnel, once.</summary>
    internal ITunDevice Take() => Interlocked.Exchange(ref _taken, 1) == 0
        ? new ChannelTunDevice(this)
        : throw new TunnelException("The packet channel belongs to a tunnel already; make one for each tunnel.");

    private void CheckPacket(ReadOnlySpan<byte> packet)
    {
        if (packet.IsEmpty) throw new ArgumentException("An IP packet is not empty.", nameof(packet));
        if (packet.Length > Mtu) throw new ArgumentException($"The packet has {packet.Length} bytes, and the channel's MTU is {Mtu}.", nameof(packet));
    }

    private void CheckBuffer(ReadOnlySpan<byte> buffer)
    {
        if (buffer.Length < Mtu) throw new ArgumentException($"The buffer has {buffer.Length} bytes; a packet may have {Mtu}, the channel's MTU.", nameof(buffer));
    }
}
