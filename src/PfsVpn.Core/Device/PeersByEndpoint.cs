using PfsVpn.Packets;

namespace PfsVpn.Device;

/// <summary>Finds a peer without a keypair by where it is, without a walk over all peers.</summary>
/// <remarks>
/// A peer without a keypair moves only when the configuration says so, or by a handshake, which gives it a keypair. So a peer is registered when its endpoint is
/// configured and when its sessions end; what it did in between makes the entry old, and <see cref="Find"/> says null for an old one.
/// Where two peers have one endpoint, the one that was registered last is found. Sizes: some 100 bytes for each peer with an endpoint.
/// Threading: the control thread.
/// </remarks>
internal sealed class PeersByEndpoint
{
    private readonly Dictionary<EndpointAddress, Peer> _peers = [];

    /// <summary>Registers the peer where it is now, in place of where it was.</summary>
    public void Register(Peer peer)
    {
        var endpoint = peer.Endpoint;
        if (ReferenceEquals(endpoint, peer.RegisteredEndpoint)) return;
        Forget(peer);
        if (endpoint is null) return;
        _peers[endpoint.Remote] = peer;
        peer.RegisteredEndpoint = endpoint;
    }

    /// <summary>Takes the peer out.</summary>
    public void Forget(Peer peer)
    {
        if (peer.RegisteredEndpoint is not { } endpoint) return;
        peer.RegisteredEndpoint = null;
        if (_peers.TryGetValue(endpoint.Remote, out var present) && ReferenceEquals(present, peer)) _peers.Remove(endpoint.Remote);
    }

    /// <summary>The peer without a keypair that is at <paramref name="remote"/>, or null.</summary>
    public Peer? Find(in EndpointAddress remote) =>
        _peers.TryGetValue(remote, out var peer) && peer.Keypairs.IsEmpty && peer.Endpoint is { } endpoint && endpoint.Remote == remote ? peer : null;
}
