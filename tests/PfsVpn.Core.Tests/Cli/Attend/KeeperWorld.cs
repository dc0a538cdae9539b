using PfsVpn.Cli.Attend;
using PfsVpn.Packets;
using PfsVpn.Timers;

namespace PfsVpn.Tests.Cli.Attend;

/// <summary>
/// A model of what surrounds an <see cref="EndpointKeeper"/>, in steps of a second: a daemon that initiates every 120 s and every 5 s in vain, gives up after 90 s, and starts
/// again with the next traffic; hosts that answer or do not; and a resolver.
/// </summary>
internal sealed class KeeperWorld(bool keepalive)
{
    private readonly EndpointKeeper _keeper = new(keepalive);
    private int? _handshakeAt, _silentSince, _answerAt;
    private int _now = 1;
    private ulong _sent;

    public EndpointAddress? Endpoint { get; set; }

    public HashSet<EndpointAddress> Alive { get; } = [];

    public IReadOnlyList<EndpointAddress> Names { get; set; } = [];

    public bool ResolverIsDown { get; set; }

    public int LookupSeconds { get; set; }

    public bool Traffic { get; set; } = true;

    public int Lookups { get; private set; }

    /// <summary>What the keeper set, and after how many seconds.</summary>
    public List<(EndpointAddress Address, int After)> Set { get; } = [];

    public int HandshakeAge => _now - _handshakeAt ?? int.MaxValue;

    /// <summary>The last handshake before the first endpoint was set.</summary>
    public int LastHandshakeAtMove { get; private set; }

    public void Run(int seconds)
    {
        for (var end = _now + seconds; _now < end; _now++)
        {
            StepDaemon();
            if (_answerAt is { } due && due <= _now) Answer();
            _keeper.See(new PeerSighting(Endpoint, Span(_now - _handshakeAt), Span(_now - _silentSince), _sent, HandshakeAge < 180), Now);
            if (_keeper.TryTakeLookup(Now))
            {
                Lookups++;
                _answerAt = _now + LookupSeconds;
                if (LookupSeconds == 0) Answer();
            }
            if (_keeper.TakeEndpoint() is not { } wanted) continue;
            if (Set.Count == 0) LastHandshakeAtMove = _handshakeAt ?? 0;
            Set.Add((wanted, _now));
            Endpoint = wanted;
        }
    }

    private MonotonicTime Now => new(_now * 1_000_000_000L);

    private static TimeSpan? Span(int? seconds) => seconds is { } count ? TimeSpan.FromSeconds(count) : null;

    private void Answer()
    {
        _answerAt = null;
        if (ResolverIsDown) _keeper.NotResolved(Now);
        else _keeper.Resolved(Names, Now);
    }

    private void StepDaemon()
    {
        var talks = Traffic || keepalive;
        if (talks && Endpoint is not null) _sent += 32;
        if (talks && _silentSince is null && HandshakeAge >= 120 && Endpoint is not null) _silentSince = _now;
        if (_silentSince is not { } since) return;
        if ((_now - since) % 5 == 0 && Endpoint is { } endpoint && Alive.Contains(endpoint)) (_handshakeAt, _silentSince) = (_now, null);
        else if (_now - since >= 90) _silentSince = null;
    }
}
