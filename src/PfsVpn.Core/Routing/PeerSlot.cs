namespace PfsVpn.Routing;

/// <summary>A peer in a snapshot of <see cref="AllowedIps{TPeer}"/>, with the list of its prefixes in order of insertion.</summary>
internal struct PeerSlot<TPeer>
    where TPeer : class
{
    /// <summary>The peer; null where the slot is free.</summary>
    public TPeer? Peer;

    /// <summary>The node of its oldest prefix; the next free slot where this one is free.</summary>
    public int First;

    /// <summary>The node of its newest prefix.</summary>
    public int Last;
}
