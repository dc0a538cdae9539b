namespace PfsVpn.Packets;

/// <summary>A peer's endpoint: the remote address and the sticky local source to answer from.</summary>
/// <remarks>Threading: immutable, so that a reference is published in one store; a change makes a new object (roaming only, never per packet).</remarks>
internal sealed class Endpoint
{
    /// <summary>Makes an endpoint.</summary>
    public Endpoint(EndpointAddress remote, LocalSource source = default)
    {
        Remote = remote;
        Source = source;
    }

    /// <summary>Where datagrams go.</summary>
    public EndpointAddress Remote { get; private set; }

    /// <summary>The local address and interface that the last authenticated datagram came in on.</summary>
    public LocalSource Source { get; private set; }

    /// <summary>Whether this endpoint already says the same.</summary>
    public bool Is(in EndpointAddress remote, in LocalSource source) => Remote == remote && Source == source;

    /// <summary>The same remote, with the local source left to the routing table.</summary>
    public Endpoint WithoutSource() => Source.IsNone ? this : new Endpoint(Remote);

    /// <summary>Points an endpoint elsewhere that was never published: one scratch object serves a pump for all its cookie replies.</summary>
    internal void Retarget(in EndpointAddress remote, in LocalSource source)
    {
        Remote = remote;
        Source = source;
    }

    /// <inheritdoc/>
    public override string ToString() => Remote.ToString();
}
