namespace PfsVpn.Device;

/// <summary>Byte counts of a peer, as <c>wg show transfer</c> prints them: datagram payloads, overhead included, handshakes too; and how many datagrams they were.</summary>
/// <remarks>Threading: any thread; two interlocked adds, to one cache line, for each run of packets.</remarks>
internal sealed class PeerStatistics
{
    private long _received;
    private long _sent;
    private long _receivedPackets;
    private long _sentPackets;

    /// <summary>Bytes received and authenticated.</summary>
    public ulong Received => (ulong)Volatile.Read(ref _received);

    /// <summary>Bytes sent.</summary>
    public ulong Sent => (ulong)Volatile.Read(ref _sent);

    /// <summary>Datagrams received and authenticated.</summary>
    public ulong ReceivedPackets => (ulong)Volatile.Read(ref _receivedPackets);

    /// <summary>Datagrams sent.</summary>
    public ulong SentPackets => (ulong)Volatile.Read(ref _sentPackets);

    /// <summary>Adds received datagrams.</summary>
    public void AddReceived(long bytes, int packets)
    {
        Interlocked.Add(ref _received, bytes);
        Interlocked.Add(ref _receivedPackets, packets);
    }

    /// <summary>Adds sent datagrams.</summary>
    public void AddSent(long bytes, int packets)
    {
        Interlocked.Add(ref _sent, bytes);
        Interlocked.Add(ref _sentPackets, packets);
    }
}
