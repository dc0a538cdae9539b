namespace PfsVpn.Device;

/// <summary>Byte counts of a peer, as <c>wg show transfer</c> prints them: datagram payloads, overhead included, handshakes too.</summary>
/// <remarks>Threading: any thread; one interlocked add for each run of packets.</remarks>
internal sealed class PeerStatistics
{
    private long _received;
    private long _sent;

    /// <summary>Bytes received and authenticated.</summary>
    public ulong Received => (ulong)Volatile.Read(ref _received);

    /// <summary>Bytes sent.</summary>
    public ulong Sent => (ulong)Volatile.Read(ref _sent);

    /// <summary>Adds received bytes.</summary>
    public void AddReceived(long bytes) => Interlocked.Add(ref _received, bytes);

    /// <summary>Adds sent bytes.</summary>
    public void AddSent(long bytes) => Interlocked.Add(ref _sent, bytes);
}
