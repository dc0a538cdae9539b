using System.Globalization;
using PfsVpn.Cli.Output;

namespace PfsVpn.Cli.Doctor.Checks;

/// <summary>Whether each peer is connected; where one is not, a handshake is tried, and what came of it read.</summary>
internal sealed class HandshakeCheck : ITunnelCheck<IHostProbe>
{
    /// <summary>Trials take seconds each, so a server's many clients are not all tried.</summary>
    private const int MostTrials = 3;

    /// <inheritdoc/>
    public string Name => "handshake";

    /// <inheritdoc/>
    public IEnumerable<Finding> Examine(IHostProbe probe, Patient tunnel)
    {
        if (!tunnel.Runs) yield break;
        var (connected, waiting, trials) = (0, 0, 0);
        foreach (var peer in tunnel.Peers.Where(static peer => peer.Runs))
        {
            if (peer.IsConnected(probe.Now)) connected++;
            else if (!peer.KnowsEndpoint) waiting++;
            else if (trials++ < MostTrials) yield return Try(probe, tunnel, peer);
            else yield return Finding.Skipped($"{peer.Label}: {Since(probe, peer)}; no more trials");
        }
        if (connected > 0) yield return Finding.Ok(tunnel.Peers.Count == 1 ? $"{tunnel.Peers[0].Label}: {Since(probe, tunnel.Peers[0])}" : $"{connected} of {tunnel.Peers.Count} peers are connected");
        if (waiting > 0) yield return Finding.Skipped(tunnel.Peers.Count == 1 ? $"{tunnel.Peers[0].Label} has not come yet; it must begin, for its endpoint is not known here" : $"{waiting} of {tunnel.Peers.Count} peers are not here now; they must begin, for their endpoints are not known");
    }

    private static Finding Try(IHostProbe probe, Patient tunnel, PatientPeer peer)
    {
        if (peer.LikelyAddresses(tunnel).Cast<Packets.IpAddress?>().FirstOrDefault() is not { } target) return Finding.Skipped($"{peer.Label}: {Since(probe, peer)}; there is no address of it to try");
        if (probe.TryHandshake(tunnel.Name, target, peer.PublicKey, peer.LastHandshake) is not { } trial) return Finding.Skipped($"{peer.Label}: {Since(probe, peer)}; the daemon does not say more");
        if (trial.Made) return Finding.Ok($"{peer.Label}: a handshake was just made");
        return Explain(tunnel, peer, trial);
    }

    private static Finding Explain(Patient tunnel, PatientPeer peer, HandshakeTrial trial)
    {
        bool Dropped(string reason) => trial.Drops.ContainsKey(reason) || trial.LastFailure == reason;
        if (Dropped("PresharedKeyMismatch") || Dropped("ResponseRefused"))
            return Finding.Problem($"{peer.Label} answers, but the preshared keys of the two ends differ", "write the same PresharedKey at both ends, or none at either");
        if (Dropped("HandshakeAuthentication") || Dropped("WrongMac1"))
            return Finding.Problem($"{peer.Label} answers, and its answer does not fit: the keys of the two ends differ", "compare: the PublicKey here must be what pfsvpn show says of the other end's interface, and the other way round");
        if (Dropped("ReplayedTimestamp"))
            return Finding.Problem($"{peer.Label} sends handshakes with a time that is not later than its last: its clock was set back", "set the clock there, or restart this end: pfsvpn down and up");
        if (trial.LastFailure == "ResponsesNotTaken")
            return Finding.Problem($"{peer.Label} calls, and takes none of our answers: they do not arrive, or the preshared keys differ", "let UDP out to it, through firewalls and NAT, and write the same PresharedKey at both ends");
        if (trial.LastFailure == "WeakKey")
            return Finding.Problem($"the PublicKey of {peer.Label} is none that a private key has", "write the public key of the other end: pfsvpn show there says it");
        if (trial.LastFailure == "UnderLoad")
            return Finding.Warning($"{peer.Label} is under load and wanted a second try", "look again in a few seconds");
        if (Dropped("SendFailed") || trial.LastFailure == "NetworkUnreachable")
            return Finding.Problem($"handshakes to {peer.Label} cannot be sent", "look at the endpoint, the routes and the firewall of this host");
        var reason = trial.LastFailure is { } failure ? $" (the daemon says: {failure})" : "";
        return Finding.Problem($"{peer.Label} does not answer handshakes at {Where(peer)}{reason}",
            $"at the other end look, in this order: is the tunnel up; does it have this end's public key as a [Peer]; does its firewall let UDP port {Port(peer)} in; is the PublicKey of {peer.Label} here that of the other end (pfsvpn show {tunnel.Name}); is its clock, or ours, far behind");
    }

    private static string Where(PatientPeer peer) => peer.Endpoint is { } endpoint ? NativeResolver.Format(endpoint) : $"{peer.NamedEndpoint!.Value.Host}:{peer.NamedEndpoint.Value.Port}";

    private static string Port(PatientPeer peer) => peer.Endpoint?.Port.ToString(CultureInfo.InvariantCulture) ?? peer.NamedEndpoint!.Value.Port;

    private static string Since(IHostProbe probe, PatientPeer peer) => peer.HandshakeAge(probe.Now) is { } age
        ? "the last handshake was " + string.Join(", ", HumanTime.Split((ulong)age).Take(2).Select(static part => string.Create(CultureInfo.InvariantCulture, $"{part.Count} {part.Unit}")).DefaultIfEmpty("0 seconds")) + " ago"
        : "there was no handshake yet";
}
