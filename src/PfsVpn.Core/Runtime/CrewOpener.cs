using PfsVpn.Crypto;
using PfsVpn.Device;

namespace PfsVpn.Runtime;

/// <summary>Opens short runs alone and long ones with the <see cref="OpeningCrew"/>.</summary>
/// <remarks>
/// A long run is a backlog: the kernel hands over what has gathered, and only a fast peer gathers more than the one datagram of coalesced packets that the
/// pump otherwise finds. Waking a thread costs some microseconds, so a run must hold several of them.
/// </remarks>
internal sealed unsafe class CrewOpener(OpeningCrew crew) : IPacketOpener
{
    /// <summary>Bytes of text from which a run is worth sharing: some 40 microseconds of work.</summary>
    internal const int WorthSharing = 128 * 1024;

    private readonly TransportAead _aead = new();

    /// <inheritdoc/>
    public int Open(SecretKey key, AeadPacket* packets, int count) =>
        IsLong(packets, count) && crew.TryOpen(_aead, key, packets, count, out var authentic) ? authentic : _aead.Open(key, packets, count);

    /// <inheritdoc/>
    public void Dispose() => _aead.Dispose();

    private static bool IsLong(AeadPacket* packets, int count)
    {
        long bytes = 0;
        for (var i = 0; i < count; i++) bytes += packets[i].PlaintextLength;
        return bytes >= WorthSharing;
    }
}
