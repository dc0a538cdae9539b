namespace PfsVpn.Cli.Doctor.Checks;

/// <summary>The interface: that it is there, that its daemon answers, that it is up and has what the file says.</summary>
internal sealed class InterfaceCheck : ITunnelCheck<IHostProbe>
{
    /// <inheritdoc/>
    public string Name => "interface";

    /// <inheritdoc/>
    public IEnumerable<Finding> Examine(IHostProbe probe, Patient tunnel)
    {
        var link = probe.Link(tunnel.Name);
        if (!tunnel.Runs) return [WithoutDaemon(probe, tunnel, link is not null)];
        if (tunnel.IsElsewhere || link is null) return [Elsewhere(probe, tunnel)];
        var findings = new List<Finding>();
        if (tunnel.DaemonVersion is { } version && version != probe.Version) findings.Add(Finding.Warning($"the running daemon has version {version}, and this program {probe.Version}", Again(tunnel)));
        if (!link.IsUp) findings.Add(Finding.Problem($"{tunnel.Name} is down", probe.Words.BringUp(tunnel.Name)));
        if (!tunnel.HasPrivateKey) findings.Add(Finding.Problem("the daemon has no private key", $"configure it: pfsvpn up {tunnel.Handle}, or pfsvpn set {tunnel.Name} private-key FILE"));
        var missing = tunnel.OwnAddresses.Where(address => !link.Addresses.Contains(address)).ToList();
        if (missing.Count > 0) findings.Add(Finding.Problem($"{tunnel.Name} lacks the address {string.Join(", ", missing)} of its file", Reload(tunnel)));
        else if (link.Addresses.Count == 0) findings.Add(Finding.Problem($"{tunnel.Name} has no address", $"{probe.Words.AddAddress(tunnel.Name)}, or Address in its file"));
        if (tunnel.HasFile)
        {
            foreach (var peer in tunnel.Peers.Where(static peer => peer is { IsInFile: true, Runs: false })) findings.Add(Finding.Problem($"the daemon does not know peer {peer.Label} of the file", Reload(tunnel)));
            foreach (var peer in tunnel.Peers.Where(static peer => peer is { IsInFile: false, Runs: true })) findings.Add(Finding.Warning($"the daemon has a peer that is not in the file: {peer.Label}", Reload(tunnel) + " takes it out, pfsvpn save keeps it"));
        }
        if (findings.All(static finding => finding.Verdict != Verdict.Problem)) findings.Insert(0, Finding.Ok($"{tunnel.Name} is up, and its daemon answers"));
        return findings;
    }

    private static Finding Elsewhere(IHostProbe probe, Patient tunnel)
    {
        var (what, remedy) = probe.Words.Elsewhere(tunnel);
        return tunnel.IsWanted ? Finding.Problem($"its daemon answers, but {what}", remedy) : Finding.Skipped($"its daemon answers, but {what}");
    }

    private static Finding WithoutDaemon(IHostProbe probe, Patient tunnel, bool exists)
    {
        if (tunnel.DaemonError is { } error && !probe.IsRoot) return Finding.Skipped($"its daemon cannot be asked: {error}");
        if (exists && tunnel.DaemonError?.Contains("kernel itself", StringComparison.Ordinal) == true) return Finding.Skipped($"{tunnel.Name} is run by the kernel: wg show {tunnel.Name}");
        if (exists) return Finding.Problem($"{tunnel.Name} exists, but no daemon answers for it{(tunnel.DaemonError is { } why ? $": {why}" : "")}", $"{probe.Words.Remove(tunnel)}; pfsvpn up {tunnel.Handle}");
        return tunnel.IsWanted ? Finding.Problem($"{tunnel.Name} is not up", $"pfsvpn up {tunnel.Handle}") : Finding.Skipped($"{tunnel.Name} is not up");
    }

    private static string Reload(Patient tunnel) => $"pfsvpn reload {tunnel.Handle}";

    private static string Again(Patient tunnel) => $"pfsvpn down {tunnel.Handle}; pfsvpn up {tunnel.Handle}";
}
