namespace PfsVpn.Device;

/// <summary>What a pump asks of the control thread for one peer.</summary>
[Flags]
internal enum PeerSignal
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Packets are staged, or the current keypair wants a successor: flush or start a handshake.</summary>
    KeyNeeded = 1,

    /// <summary>A first packet was authenticated on a keypair: confirm it, retire the one before.</summary>
    Authenticated = 2,

    /// <summary>Data was received, and the current keypair is about to end or has carried too many bytes.</summary>
    LastMinute = 4,

    /// <summary>Arm the new-handshake timer.</summary>
    ExpectAnswer = 8,

    /// <summary>Arm the keepalive timer.</summary>
    OweKeepalive = 16,

    /// <summary>Packets were refused because no endpoint is known: say so in the log.</summary>
    NoEndpoint = 32,

    /// <summary>A keypair was found that is too old or used up: erase it.</summary>
    KeyOver = 64,

    /// <summary>Data arrived for a keypair that was erased, but that the peer may still hold.</summary>
    ErasedKeypair = 128,
}

/// <summary>The peers that want the control thread: a lock-free stack from which everything is taken at once.</summary>
/// <remarks>
/// Threading: <see cref="Raise"/> from any thread, <see cref="TakeAll"/> from the control thread.
/// Safety: a peer is pushed only by whoever turned its flags from none to some, so it is in the stack at most once, and since the whole
/// stack is taken by one exchange there is no ABA.
/// </remarks>
internal sealed class PeerSignals
{
    private Peer? _top;

    /// <summary>Whether no peer waits.</summary>
    public bool IsEmpty => Volatile.Read(ref _top) is null;

    /// <summary>Sets <paramref name="signal"/> for <paramref name="peer"/>; true where the control thread was not yet asked for this peer.</summary>
    public bool Raise(Peer peer, PeerSignal signal)
    {
        if (Interlocked.Or(ref peer.PendingSignals, (int)signal) != 0) return false;
        while (true)
        {
            var top = Volatile.Read(ref _top);
            peer.NextSignalled = top;
            if (ReferenceEquals(Interlocked.CompareExchange(ref _top, peer, top), top)) return true;
        }
    }

    /// <summary>Takes the chain of all peers that wait, linked by <see cref="Peer.NextSignalled"/>.</summary>
    public Peer? TakeAll() => Interlocked.Exchange(ref _top, null);

    /// <summary>Takes one peer's flags; after it the peer may be pushed again.</summary>
    public static PeerSignal Take(Peer peer) => (PeerSignal)Interlocked.Exchange(ref peer.PendingSignals, 0);
}
