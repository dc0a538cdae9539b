using PfsVpn.Timers;

namespace PfsVpn.Cli.Attend;

/// <summary>What the attendant keeps of one peer: its part of the plan, and the two that watch it.</summary>
/// <remarks>Sans-IO. Threading: one thread.</remarks>
internal sealed class PeerAttendance
{
    private readonly SessionWatch _watch = new();

    public PeerAttendance(AttendedPeer peer)
    {
        Peer = peer;
        Keeper = peer.Endpoint is null ? null : new EndpointKeeper(peer.Keepalive != 0);
    }

    /// <summary>What the file says.</summary>
    public AttendedPeer Peer { get; private set; }

    /// <summary>Who looks after its endpoint, where it is given by name.</summary>
    public EndpointKeeper? Keeper { get; private set; }

    /// <summary>What was last seen of it.</summary>
    public PeerSighting Sighting { get; private set; }

    /// <summary>Takes over what a changed file says; what was seen stays known.</summary>
    public void Replace(AttendedPeer peer)
    {
        if (peer.Endpoint != Peer.Endpoint || (peer.Keepalive == 0) != (Peer.Keepalive == 0)) Keeper = peer.Endpoint is null ? null : new EndpointKeeper(peer.Keepalive != 0);
        Peer = peer;
    }

    /// <summary>The daemon says this of it now. Returns what became of it.</summary>
    public SessionEvent See(in PeerSighting sighting, MonotonicTime now)
    {
        Sighting = sighting;
        Keeper?.See(sighting, now);
        return _watch.See(sighting.HasSession, now);
    }

    /// <summary>The interface ends.</summary>
    public SessionEvent End() => _watch.End();

    /// <summary>The endpoint as text, empty for none.</summary>
    public string EndpointText => Sighting.Endpoint is { } endpoint ? NativeResolver.Format(endpoint) : "";

    /// <summary>Whether it is worth looking again soon.</summary>
    public bool IsUnsettled => (Keeper is { } keeper && keeper.NextDeadline != MonotonicTime.Infinite) || (Peer.HasHooks && !_watch.IsConnected);
}
