using System.Diagnostics;
using PfsVpn.Lab.Memory.Search;

namespace PfsVpn.Lab.Memory.Peer;

/// <summary>A session of the test peer with the daemon, and every secret of it.</summary>
/// <param name="name">What it is called in reports.</param>
/// <param name="send">The key that the test peer seals with.</param>
/// <param name="receive">The key that it opens with.</param>
/// <param name="remoteIndex">The daemon's index.</param>
/// <param name="handshake">Every secret of its handshake, the session keys among them.</param>
/// <param name="isInitiator">Whether the test peer initiated it.</param>
/// <remarks>Threading: sealing and opening under the peer's lock, the rest from any thread.</remarks>
internal sealed class LabSession(string name, byte[] send, byte[] receive, uint remoteIndex, IReadOnlyList<Secret> handshake, bool isInitiator)
{
    /// <summary>
    /// One-time keys that are kept for the search, of the latest packets each way. Packets on their own are computed in another place than batches, so that what a batch
    /// left may be older than many of them.
    /// </summary>
    private const int MaxPacketKeys = 1024;

    private readonly Lock _gate = new();
    private readonly Queue<Secret> _packetKeys = new();
    private ulong _sent;

    /// <summary>When its keys were derived, in ticks of <see cref="Stopwatch"/>.</summary>
    public long Created { get; } = Stopwatch.GetTimestamp();

    /// <summary>What it is called.</summary>
    public string Name { get; } = name;

    /// <summary>Whether the test peer initiated it.</summary>
    public bool IsInitiator { get; } = isInitiator;

    /// <summary>The daemon's index.</summary>
    public uint RemoteIndex { get; } = remoteIndex;

    /// <summary>T1 and T2.</summary>
    public IEnumerable<Secret> SessionKeys => handshake.Where(static secret => secret.Kind == SecretKind.SessionKey);

    /// <summary>What must be gone as soon as the session exists.</summary>
    public IEnumerable<Secret> HandshakeSecrets => handshake.Where(static secret => secret.Kind is not (SecretKind.SessionKey or SecretKind.StaticStatic));

    /// <summary>One-time keys of packets of both directions.</summary>
    public IReadOnlyList<Secret> PacketKeys
    {
        get { lock (_gate) return [.. _packetKeys]; }
    }

    /// <summary>Seals a packet; the counter that it has, and its ciphertext.</summary>
    public (ulong Counter, byte[] Ciphertext) Seal(byte[] plaintext)
    {
        var counter = _sent++;
        NotePacket("to the daemon", send, counter);
        return (counter, LabCrypto.Seal(send, counter, plaintext, []));
    }

    /// <summary>Opens a packet; null where it is not authentic.</summary>
    public byte[]? Open(ulong counter, byte[] ciphertext)
    {
        var plaintext = LabCrypto.Open(receive, counter, ciphertext, []);
        if (plaintext is not null) NotePacket("from the daemon", receive, counter);
        return plaintext;
    }

    private void NotePacket(string direction, byte[] key, ulong counter)
    {
        var secret = new Secret(SecretKind.PacketKey, $"{Name}: one-time key of packet {counter} {direction}", LabCrypto.PacketKey(key, counter));
        lock (_gate)
        {
            if (_packetKeys.Count == MaxPacketKeys) _packetKeys.Dequeue();
            _packetKeys.Enqueue(secret);
        }
    }
}
