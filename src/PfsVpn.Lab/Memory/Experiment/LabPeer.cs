using System.Net;
using PfsVpn.Lab.Memory.Peer;

namespace PfsVpn.Lab.Memory.Experiment;

/// <summary>A test peer that a daemon knows.</summary>
/// <param name="Peer">The peer.</param>
/// <param name="Address">Its address in the tunnel.</param>
internal sealed record LabPeer(TestPeer Peer, IPAddress Address)
{
    /// <summary>The words that name it on the control socket.</summary>
    public string Selector => "public_key=" + Convert.ToHexStringLower(Peer.PublicKey);
}
