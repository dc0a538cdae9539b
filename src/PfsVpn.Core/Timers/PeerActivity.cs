namespace PfsVpn.Timers;

/// <summary>
/// When things last happened to a peer, written by the pumps with single stores, read by the control thread when a timer fires.
/// </summary>
/// <remarks>
/// Timers are lazy: a pump asks the control thread to arm a timer only when none is armed; when it fires too early, because traffic went on,
/// it is armed again for the rest. Steady traffic therefore wakes nobody.
/// Methods return true where the caller must ask for the timer to be armed. A value of 0 means "not since".
/// Threading: pumps write, the control thread reads and disarms. The order of racing pumps does not matter: a moment is off by one batch at most.
/// </remarks>
internal sealed class PeerActivity
{
    private long _unansweredSince;
    private long _keepaliveOwedSince;
    private long _lastDataReceived;
    private long _lastTraversal;
    private long _lastStaged;
    private int _newHandshakeArmed;
    private int _keepaliveArmed;

    /// <summary>Since when data has been sent and nothing received; unset for "not".</summary>
    public MonotonicTime UnansweredSince => new(Volatile.Read(ref _unansweredSince));

    /// <summary>Since when data has been received and nothing sent; unset for "not".</summary>
    public MonotonicTime KeepaliveOwedSince => new(Volatile.Read(ref _keepaliveOwedSince));

    /// <summary>When data was last received.</summary>
    public MonotonicTime LastDataReceived => new(Volatile.Read(ref _lastDataReceived));

    /// <summary>When an authenticated packet last travelled either way.</summary>
    public MonotonicTime LastTraversal => new(Volatile.Read(ref _lastTraversal));

    /// <summary>When a packet was last staged for want of a key.</summary>
    public MonotonicTime LastStaged => new(Volatile.Read(ref _lastStaged));

    /// <summary>A packet with data was sent. True: arm the new-handshake timer.</summary>
    public bool DataSent(MonotonicTime now)
    {
        if (Volatile.Read(ref _unansweredSince) == 0) Volatile.Write(ref _unansweredSince, now.Nanoseconds);
        return Volatile.Read(ref _newHandshakeArmed) == 0 && Interlocked.Exchange(ref _newHandshakeArmed, 1) == 0;
    }

    /// <summary>A packet with data was received and authenticated. True: arm the keepalive timer.</summary>
    public bool DataReceived(MonotonicTime now)
    {
        Volatile.Write(ref _lastDataReceived, now.Nanoseconds);
        if (Volatile.Read(ref _keepaliveOwedSince) == 0) Volatile.Write(ref _keepaliveOwedSince, now.Nanoseconds);
        return Volatile.Read(ref _keepaliveArmed) == 0 && Interlocked.Exchange(ref _keepaliveArmed, 1) == 0;
    }

    /// <summary>Any authenticated packet was sent: data, keepalive or handshake.</summary>
    public void AnySent(MonotonicTime now)
    {
        if (Volatile.Read(ref _keepaliveOwedSince) != 0) Volatile.Write(ref _keepaliveOwedSince, 0);
        Volatile.Write(ref _lastTraversal, now.Nanoseconds);
    }

    /// <summary>Any authenticated packet was received.</summary>
    public void AnyReceived(MonotonicTime now)
    {
        if (Volatile.Read(ref _unansweredSince) != 0) Volatile.Write(ref _unansweredSince, 0);
        Volatile.Write(ref _lastTraversal, now.Nanoseconds);
    }

    /// <summary>A packet found no key and was staged.</summary>
    public void Staged(MonotonicTime now) => Volatile.Write(ref _lastStaged, now.Nanoseconds);

    /// <summary>Control thread: counts the persistent keepalive from <paramref name="now"/>.</summary>
    public void RestartTraversal(MonotonicTime now) => Volatile.Write(ref _lastTraversal, now.Nanoseconds);

    /// <summary>Control thread: owes another keepalive, counted from <paramref name="now"/>.</summary>
    public void OweKeepalive(MonotonicTime now) => Volatile.Write(ref _keepaliveOwedSince, now.Nanoseconds);

    /// <summary>Control thread: no keepalive is owed.</summary>
    public void ForgiveKeepalive() => Volatile.Write(ref _keepaliveOwedSince, 0);

    /// <summary>Control thread: nothing is unanswered.</summary>
    public void ForgiveUnanswered() => Volatile.Write(ref _unansweredSince, 0);

    /// <summary>Control thread: the new-handshake timer is not armed. True where a pump noted new data meanwhile, so that it must be armed again.</summary>
    public bool DisarmNewHandshake()
    {
        Interlocked.Exchange(ref _newHandshakeArmed, 0);
        return Volatile.Read(ref _unansweredSince) != 0 && Interlocked.Exchange(ref _newHandshakeArmed, 1) == 0;
    }

    /// <summary>Control thread: the keepalive timer is not armed. True where a pump noted new data meanwhile, so that it must be armed again.</summary>
    public bool DisarmKeepalive()
    {
        Interlocked.Exchange(ref _keepaliveArmed, 0);
        return Volatile.Read(ref _keepaliveOwedSince) != 0 && Interlocked.Exchange(ref _keepaliveArmed, 1) == 0;
    }

    /// <summary>Control thread: forgets everything, when the interface goes down.</summary>
    public void Reset()
    {
        Volatile.Write(ref _unansweredSince, 0);
        Volatile.Write(ref _keepaliveOwedSince, 0);
        Volatile.Write(ref _lastDataReceived, 0);
        Volatile.Write(ref _lastTraversal, 0);
        Volatile.Write(ref _lastStaged, 0);
        Interlocked.Exchange(ref _newHandshakeArmed, 0);
        Interlocked.Exchange(ref _keepaliveArmed, 0);
    }
}
