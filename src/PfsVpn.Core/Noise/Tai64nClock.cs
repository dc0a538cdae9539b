namespace PfsVpn.Noise;

/// <summary>Timestamps for our own initiations that never go back, whatever the wall clock does. One for the process.</summary>
/// <remarks>
/// A responder refuses a timestamp that is not greater than the greatest one it has seen from us, so each must be greater than the last one sent to
/// the same peer, and none may be less than one sent before to anybody (a peer may be removed and come back while the clock is set back).
/// They need not differ between peers: if they did, many handshakes a second would run ahead of the wall clock, and a restart would then be locked out.
/// Threading: safe from any thread.
/// </remarks>
internal sealed class Tai64nClock
{
    private readonly Lock _gate = new();
    private Tai64n _greatest;

    /// <summary>The timestamp of the next initiation: max(wall clock, greatest ever given out, <paramref name="lastSent"/> + one step of 2^24 ns).</summary>
    /// <param name="sinceEpoch">The wall clock, counted from 1970-01-01T00:00:00Z.</param>
    /// <param name="lastSent">The last timestamp sent to this peer (<see cref="InitiationHistory.LastSent"/>); the default where there was none.</param>
    public Tai64n Next(TimeSpan sinceEpoch, Tai64n lastSent)
    {
        var next = Tai64n.FromUnix(sinceEpoch);
        if (next <= lastSent) next = lastSent.NextStep();
        lock (_gate)
        {
            if (next < _greatest) next = _greatest;
            _greatest = next;
        }
        return next;
    }
}
