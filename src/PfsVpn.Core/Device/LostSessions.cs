using PfsVpn.Noise;
using PfsVpn.Packets;
using PfsVpn.Timers;

namespace PfsVpn.Device;

/// <summary>
/// After a start, peers go on sending on sessions of the time before, which this side does not know any more. Where such data come from the
/// endpoint of a peer without any key, that is a reason to initiate; the peer itself would wait 15 s for an answer.
/// </summary>
/// <remarks>
/// Spec deviation: the paper knows no answer to data that cannot be authenticated. This one goes to a configured endpoint only, an initiation like any
/// other, 5 s apart for each peer, and only as long as sessions of the time before can live: REJECT_AFTER_TIME since the interface went up.
/// A flood, or ten thousand peers at once, make no storm: at most <see cref="Capacity"/> peers each <see cref="Spacing"/>; who is not served in time
/// initiates itself, as ever. Sizes: <see cref="Capacity"/> addresses. Threading: pumps note, the control thread takes; one short lock, only in that time.
/// </remarks>
internal sealed class LostSessions
{
    /// <summary>Sources that are remembered at a time.</summary>
    public const int Capacity = 32;

    /// <summary>Time between two looks through the peers.</summary>
    public static readonly TimeSpan Spacing = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly HashSet<EndpointAddress> _sources = new(Capacity);
    private long _until;
    private long _nextLook;
    private volatile bool _isRaised;

    /// <summary>Whether the control thread should look. Any thread.</summary>
    public bool IsRaised => _isRaised;

    /// <summary>The interface went up.</summary>
    public void Begin(MonotonicTime now) => Volatile.Write(ref _until, (now + ProtocolConstants.RejectAfterTime).Nanoseconds);

    /// <summary>The interface went down.</summary>
    public void End()
    {
        Volatile.Write(ref _until, 0);
        lock (_gate) _sources.Clear();
        _isRaised = false;
    }

    /// <summary>Data for an unknown index came from <paramref name="source"/>; true where the control thread is to be asked for. Any thread.</summary>
    public bool Note(in EndpointAddress source, MonotonicTime now)
    {
        if (now.Nanoseconds >= Volatile.Read(ref _until)) return false;
        lock (_gate)
        {
            if (_sources.Count < Capacity) _sources.Add(source);
        }
        if (_isRaised || now.Nanoseconds < Volatile.Read(ref _nextLook)) return false;
        _isRaised = true;
        return true;
    }

    /// <summary>Moves the sources noted since the last look to <paramref name="taken"/>; false where there are none.</summary>
    public bool TryTake(HashSet<EndpointAddress> taken, MonotonicTime now)
    {
        if (!_isRaised) return false;
        _isRaised = false;
        Volatile.Write(ref _nextLook, (now + Spacing).Nanoseconds);
        taken.Clear();
        lock (_gate)
        {
            taken.UnionWith(_sources);
            _sources.Clear();
        }
        return taken.Count > 0;
    }
}
