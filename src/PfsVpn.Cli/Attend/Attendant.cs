using System.Collections.Concurrent;
using PfsVpn.Cli.Control;
using PfsVpn.Cli.Input;
using PfsVpn.Configuration;
using PfsVpn.Packets;
using PfsVpn.Runtime;
using PfsVpn.Timers;

namespace PfsVpn.Cli.Attend;

/// <summary>
/// Looks after a tunnel that is up: asks the daemon how its peers are, has names looked up again, sets endpoints, and runs the user's hooks. It holds no key.
/// </summary>
/// <remarks>Ownership: whoever made it disposes it. Threading: one thread; look-ups and hooks run on others.</remarks>
internal sealed class Attendant : IDisposable
{
    /// <summary>How long a hook may take.</summary>
    public static readonly TimeSpan HookLimit = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan SettledPause = TimeSpan.FromSeconds(5), UnsettledPause = TimeSpan.FromSeconds(1);

    private readonly CliContext _context;
    private readonly Action<string> _log;
    private readonly HookRunner _hooks;
    private readonly INameResolver _resolver;
    private readonly IMtuFollower _mtu;
    private readonly List<PeerAttendance> _peers = [];

    /// <summary>By public key, as the daemon says it: addresses inside the tunnel at which a peer is likely to answer.</summary>
    private readonly Dictionary<string, IReadOnlyList<IpAddress>> _inside = new(StringComparer.Ordinal);

    private readonly ConcurrentQueue<LookupAnswer> _answers = new();
    private readonly AutoResetEvent _wake = new(false);
    private AttendPlan _plan;
    private DateTime _planTime;
    private string? _lastTrouble;

    /// <summary>Begins to look after a tunnel.</summary>
    /// <param name="context">The surroundings.</param>
    /// <param name="plan">What to attend to.</param>
    /// <param name="log">Takes lines, from several threads.</param>
    public Attendant(CliContext context, AttendPlan plan, Action<string> log)
    {
        (_context, _plan, _log) = (context, plan, log);
        _resolver = new PastTunnelResolver(context.Resolver, context, plan.Interface);
        _mtu = context.Plans.FollowMtu(context, plan.Interface, Wake, log);
        _hooks = new HookRunner(log, HookLimit);
        _planTime = AppliedFile.Time(context, plan.Interface);
        Replace(plan);
    }

    /// <summary>Whether the daemon answered when it was asked last.</summary>
    public bool IsAnswered { get; private set; }

    /// <summary>How many peers are attended to, and how many of them have a session.</summary>
    public (int All, int Connected) Peers => (_peers.Count, _peers.Count(static attendance => attendance.Sighting.HasSession));

    /// <summary>Takes over a changed plan. What is known of peers that stay is kept, so that no hook runs again.</summary>
    private void Replace(AttendPlan plan)
    {
        _plan = plan;
        var before = _peers.ToDictionary(static attendance => attendance.Peer.PublicKey);
        _peers.Clear();
        _inside.Clear();
        foreach (var peer in plan.Peers)
        {
            _inside[peer.PublicKey.ToString()] = peer.Inside;
            if (before.TryGetValue(peer.PublicKey, out var known)) known.Replace(peer);
            _peers.Add(known ?? new PeerAttendance(peer));
        }
    }

    /// <summary>Looks once, and does what is to be done. Returns for how long to <see cref="Wait"/>; null where the daemon is gone.</summary>
    public TimeSpan? Step()
    {
        FollowPlan();
        if (!TryLook(out var sightings)) return null;
        var now = BootClock.Now;
        while (_answers.TryDequeue(out var answer)) Take(answer, now);
        foreach (var attendance in _peers)
        {
            // A peer that was removed by hand is nobody's concern until it is back.
            if (!sightings.TryGetValue(attendance.Peer.PublicKey.ToString(), out var sighting)) continue;
            Run(attendance, attendance.See(sighting, now));
            Serve(attendance, now);
        }
        if (_plan.FollowsMtu && IsAnswered) FollowMtu(sightings, now);
        return _peers.Exists(static attendance => attendance.IsUnsettled) ? UnsettledPause : SettledPause;
    }

    /// <summary>Waits for an answer of the resolver, for <see cref="Wake"/>, or until the pause is over.</summary>
    public void Wait(TimeSpan pause) => _wake.WaitOne(pause);

    /// <summary>Ends a <see cref="Wait"/>, from any thread.</summary>
    public void Wake() => _wake.Set();

    /// <summary>The interface ends: whoever was connected is not any more, and the hooks say so.</summary>
    public void End()
    {
        foreach (var attendance in _peers) Run(attendance, attendance.End());
    }

    /// <summary>Waits for the hooks, within their limits.</summary>
    public void Dispose()
    {
        _hooks.Dispose();
        _mtu.Dispose();
    }

    /// <summary>Takes over what <c>reload</c> has put into force.</summary>
    private void FollowPlan()
    {
        var time = AppliedFile.Time(_context, _plan.Interface);
        if (time == _planTime) return;
        _planTime = time;
        using var applied = AppliedFile.Read(_context, _plan.Interface);
        if (applied is not null) Replace(AttendPlan.Of(applied, _plan.Interface));
    }

    private void FollowMtu(Dictionary<string, PeerSighting> sightings, MonotonicTime now)
    {
        var paths = new List<PeerPath>();
        foreach (var (key, sighting) in sightings)
        {
            if (sighting.Endpoint is not { } endpoint) continue;
            paths.Add(new PeerPath(endpoint, sighting.HasSession, _inside.GetValueOrDefault(key, [])));
        }
        try
        {
            _mtu.Look(paths, now);
        }
        catch (CliException refused)
        {
            _log($"the MTU does not follow the path: {refused.Message}");
        }
    }

    /// <summary>False where the daemon is gone; trouble that may pass is told once.</summary>
    private bool TryLook(out Dictionary<string, PeerSighting> sightings)
    {
        sightings = [];
        IsAnswered = false;
        try
        {
            sightings = PeerSightings.Read(_context, _plan.Interface);
            (IsAnswered, _lastTrouble) = (true, null);
        }
        catch (ControlException trouble) when (trouble.Errno == NativeFile.ENODEV)
        {
            return false;
        }
        catch (ControlException trouble)
        {
            if (trouble.Message != _lastTrouble) _log($"cannot ask the daemon: {trouble.Message}");
            _lastTrouble = trouble.Message;
        }
        return true;
    }

    private void Run(PeerAttendance attendance, SessionEvent what)
    {
        if (what == SessionEvent.None) return;
        foreach (var call in HookCall.Of(attendance.Peer, what, _plan.Interface, attendance.EndpointText)) _hooks.Add(call);
    }

    private void Serve(PeerAttendance attendance, MonotonicTime now)
    {
        if (attendance.Keeper is not { } keeper || attendance.Peer.Endpoint is not var (host, port)) return;
        if (keeper.TryTakeLookup(now))
        {
            ThreadPool.QueueUserWorkItem(_ =>
            {
                var error = _resolver.ResolveAll(host, port, out var addresses);
                _answers.Enqueue(new LookupAnswer(keeper, host, error, addresses));
                Wake();
            });
        }
        if (keeper.TakeEndpoint() is { } endpoint) Set(attendance, endpoint);
    }

    private void Take(LookupAnswer answer, MonotonicTime now)
    {
        if (answer.Error == 0)
        {
            answer.Keeper.Resolved(answer.Addresses, now);
            return;
        }
        answer.Keeper.NotResolved(now);
        _log($"{answer.Host}: {NativeResolver.Describe(answer.Error)}; it is looked up again");
    }

    private void Set(PeerAttendance attendance, EndpointAddress endpoint)
    {
        using var change = new DeviceChange();
        var keepalive = attendance.Peer.Keepalive;
        // Off and on again sends a keepalive at once, and so an initiation, where none is under way.
        if (keepalive != 0 && attendance.Sighting.UnansweredFor is null)
            change.Peers.Add(new PeerChange(attendance.Peer.PublicKey) { UpdateOnly = true, Endpoint = endpoint, PersistentKeepalive = 0 });
        change.Peers.Add(new PeerChange(attendance.Peer.PublicKey) { UpdateOnly = true, Endpoint = endpoint, PersistentKeepalive = keepalive != 0 ? keepalive : null });
        try
        {
            ChangeWriter.Apply(_context, _plan.Interface, change);
            _log($"{attendance.Peer.Title}: {attendance.Peer.Endpoint?.Host} is tried at {NativeResolver.Format(endpoint)}{(attendance.EndpointText.Length == 0 ? "" : $", no answer from {attendance.EndpointText}")}");
        }
        catch (ControlException refused)
        {
            _log($"{attendance.Peer.Title}: endpoint {NativeResolver.Format(endpoint)} not set: {refused.Message}");
        }
    }

    /// <summary>What a look-up has found: an error (EAI_*) or addresses.</summary>
    private sealed record LookupAnswer(EndpointKeeper Keeper, string Host, int Error, IReadOnlyList<EndpointAddress> Addresses);
}
