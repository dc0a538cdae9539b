namespace PfsVpn.Cli.Doctor.Checks;

/// <summary>The UDP port: ours, or free to become so.</summary>
internal sealed class PortCheck : ITunnelCheck<IHostProbe>
{
    /// <inheritdoc/>
    public string Name => "port";

    /// <inheritdoc/>
    public IEnumerable<Finding> Examine(IHostProbe probe, Patient tunnel)
    {
        if (tunnel.Runs)
        {
            // Without a port its interface is down, which is looked at next.
            if (tunnel.ListenPort == 0) yield break;
            yield return tunnel.FilePort != 0 && tunnel.FilePort != tunnel.ListenPort
                    ? Finding.Problem($"the daemon listens on UDP port {tunnel.ListenPort}, and its file says {tunnel.FilePort}: who goes by the file does not find it", $"pfsvpn reload {tunnel.Handle}")
                    : Finding.Ok($"UDP port {tunnel.ListenPort} is its own");
            yield break;
        }
        if (tunnel.FilePort == 0) yield break;
        var (holder, unseen) = probe.PortHolder(tunnel.FilePort);
        yield return unseen is not null ? Finding.Skipped($"who has UDP port {tunnel.FilePort} is not seen: {unseen}")
            : holder is null ? Finding.Ok($"UDP port {tunnel.FilePort} is free")
            : Finding.Problem($"UDP port {tunnel.FilePort} is taken by {holder}: {tunnel.Name} cannot come up", "end that program, or choose another ListenPort here and in the Endpoint of the peers");
    }
}
