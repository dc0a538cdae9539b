using PfsVpn.Packets;
using PfsVpn.Timers;

namespace PfsVpn.Cli.Attend;

/// <summary>
/// Keeps the endpoint of one peer that is given by name. While handshakes complete it does nothing, wherever the peer has roamed to. When they go stale or fail it has the name
/// looked up again, takes over addresses that are new, and tries all addresses of the name in turn until one answers.
/// </summary>
/// <remarks>
/// Sans-IO: sightings, answers and the time come in by methods; look-ups and endpoints to set are taken out. References: WireGuard paper §6 (the times), RFC 8305 (trying all
/// addresses). Threading: one thread.
/// </remarks>
/// <param name="hasKeepalive">Whether the peer is kept alive: then there is always something to send.</param>
internal sealed class EndpointKeeper(bool hasKeepalive)
{
    /// <summary>Addresses of one name that are tried; what a resolver says beyond that is left out.</summary>
    public const int MostAddresses = 16;

    /// <summary>A handshake is fresh for so long: the responder's session is renewed after 120 s by traffic, 15 s are for the attempt.</summary>
    public static readonly TimeSpan FreshTime = TimeSpan.FromSeconds(135);

    /// <summary>How long one address may leave initiations unanswered: two of them, 5 s apart.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Time to the next look-up after one that was answered; doubled each time.</summary>
    public static readonly TimeSpan FirstInterval = TimeSpan.FromSeconds(10);

    /// <summary>Time to the next look-up after one that failed; doubled each time.</summary>
    public static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);

    /// <summary>The longest time between look-ups.</summary>
    public static readonly TimeSpan LongestInterval = TimeSpan.FromSeconds(60);

    private readonly List<EndpointAddress> _candidates = [];
    private IReadOnlyList<EndpointAddress> _resolved = [];
    private EndpointAddress? _endpoint, _worked, _wanted;
    private MonotonicTime _handshake, _triedSince, _nextLookup = MonotonicTime.Infinite;
    private TimeSpan _interval, _retry;
    private ulong _sent;
    private bool _isNeedy, _isLookingUp, _isTrying;

    /// <summary>When to call <see cref="TryTakeLookup"/> or to look at the peer again at the latest; infinite for when it suits.</summary>
    public MonotonicTime NextDeadline
    {
        get
        {
            if (!_isNeedy) return MonotonicTime.Infinite;
            var lookup = _isLookingUp ? MonotonicTime.Infinite : _nextLookup;
            var change = _isTrying && _candidates.Exists(address => address != _endpoint) ? _triedSince + Patience : MonotonicTime.Infinite;
            return lookup < change ? lookup : change;
        }
    }

    /// <summary>The daemon says this of the peer now.</summary>
    public void See(in PeerSighting seen, MonotonicTime now)
    {
        var grew = seen.SentBytes > _sent;
        _sent = seen.SentBytes;
        NoteHandshake(seen, now);
        NoteTrial(seen, now);
        var fresh = seen.HandshakeAge < FreshTime;
        var failing = seen.UnansweredFor >= Patience;
        var demand = hasKeepalive || seen.UnansweredFor is not null || grew;
        var needy = seen.Endpoint is null || failing || (!fresh && (demand || (_isNeedy && seen.HandshakeAge is null)));
        if (!needy)
        {
            (_isNeedy, _nextLookup, _wanted) = (false, MonotonicTime.Infinite, null);
            return;
        }
        if (!_isNeedy) (_isNeedy, _nextLookup, _interval, _retry) = (true, now, FirstInterval, FirstRetry);
        if (_isTrying && now >= _triedSince + Patience) TryNext(now);
    }

    /// <summary>Whether the name is to be looked up now; true once for each look-up.</summary>
    public bool TryTakeLookup(MonotonicTime now)
    {
        if (!_isNeedy || _isLookingUp || now < _nextLookup) return false;
        return _isLookingUp = true;
    }

    /// <summary>The name has these addresses, in the resolver's order of preference.</summary>
    public void Resolved(IReadOnlyList<EndpointAddress> addresses, MonotonicTime now)
    {
        _isLookingUp = false;
        _nextLookup = now + _interval;
        _interval = Longer(_interval);
        _retry = FirstRetry;
        var distinct = addresses.Distinct().Take(MostAddresses).ToList();
        var isNews = !distinct.ToHashSet().SetEquals(_resolved);
        _resolved = distinct;
        _candidates.Clear();
        _candidates.AddRange(distinct);
        if (_worked is { } worked && !_candidates.Contains(worked)) _candidates.Add(worked);
        if (!_isNeedy || distinct.Count == 0) return;
        if (_endpoint is not { } endpoint || (isNews && !distinct.Contains(endpoint))) Want(distinct[0], now);
        else if (_isTrying && now >= _triedSince + Patience) TryNext(now);
    }

    /// <summary>The look-up failed.</summary>
    public void NotResolved(MonotonicTime now)
    {
        _isLookingUp = false;
        _nextLookup = now + _retry;
        _retry = Longer(_retry);
    }

    /// <summary>The endpoint that is to be set now, once; null for none.</summary>
    public EndpointAddress? TakeEndpoint()
    {
        var wanted = _wanted;
        _wanted = null;
        return wanted;
    }

    private static TimeSpan Longer(TimeSpan interval) => interval * 2 < LongestInterval ? interval * 2 : LongestInterval;

    private void NoteHandshake(in PeerSighting seen, MonotonicTime now)
    {
        if (seen.HandshakeAge is not { } age) return;
        var at = now - age;
        // The age is rounded, and was told a moment ago.
        if (!_handshake.IsUnset && at <= _handshake + TimeSpan.FromSeconds(1)) return;
        (_handshake, _worked, _isTrying) = (at, seen.Endpoint, false);
    }

    private void NoteTrial(in PeerSighting seen, MonotonicTime now)
    {
        if (seen.Endpoint != _endpoint)
        {
            // Set by somebody else, or the peer has roamed.
            (_endpoint, _triedSince) = (seen.Endpoint, now);
            _isTrying = seen.UnansweredFor is not null && _isTrying;
        }
        if (seen.UnansweredFor is not { } silence) _isTrying = false;
        else if (!_isTrying) (_isTrying, _triedSince) = (true, now - silence);
    }

    private void TryNext(MonotonicTime now)
    {
        if (_endpoint is not { } endpoint) return;
        var next = _candidates.Count == 0 ? endpoint : _candidates[(_candidates.IndexOf(endpoint) + 1) % _candidates.Count];
        if (next != endpoint) Want(next, now);
    }

    private void Want(EndpointAddress endpoint, MonotonicTime now) =>
        (_wanted, _endpoint, _isTrying, _triedSince) = (endpoint, endpoint, true, now);
}
