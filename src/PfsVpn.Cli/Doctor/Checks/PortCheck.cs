namespace PfsVpn.Cli.Doctor.Checks;

/// <summary>The UDP port: ours, or free to become so.</summary>
internal sealed class PortCheck : ITunnelCheck
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
        var result = probe.Run("ss", "-Hulnp", "sport", "=", $":{tunnel.FilePort}");
        var holder = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        if (!result.Succeeded) yield return Finding.Skipped("the program ss (iproute2) is missing: who has the port is not seen");
        else if (holder is null) yield return Finding.Ok($"UDP port {tunnel.FilePort} is free");
        else
        {
            var start = holder.IndexOf("((\"", StringComparison.Ordinal);
            var name = start < 0 ? "another program" : holder[(start + 3)..].Split('"')[0];
            yield return Finding.Problem($"UDP port {tunnel.FilePort} is taken by {name}: {tunnel.Name} cannot come up", "end that program, or choose another ListenPort here and in the Endpoint of the peers");
        }
    }
}
