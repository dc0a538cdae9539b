using System.Text.Json;

namespace PfsVpn.Cli.Doctor.Checks;

/// <summary>The interface: that it is there, that its daemon answers, that it is up and has what the file says.</summary>
internal sealed class InterfaceCheck : ITunnelCheck
{
    /// <inheritdoc/>
    public string Name => "interface";

    /// <inheritdoc/>
    public IEnumerable<Finding> Examine(IHostProbe probe, Patient tunnel)
    {
        var link = probe.Run("ip", "-j", "address", "show", "dev", tunnel.Name);
        if (!tunnel.Runs) return [WithoutDaemon(probe, tunnel, link.Succeeded)];
        if (tunnel.IsElsewhere || !link.Succeeded) return [Elsewhere(tunnel)];
        var findings = new List<Finding>();
        if (tunnel.DaemonVersion is { } version && version != probe.Version) findings.Add(Finding.Warning($"the running daemon has version {version}, and this program {probe.Version}", Again(tunnel)));
        var (isUp, addresses) = Read(link.Output);
        if (!isUp) findings.Add(Finding.Problem($"{tunnel.Name} is down", $"ip link set {tunnel.Name} up"));
        if (!tunnel.HasPrivateKey) findings.Add(Finding.Problem("the daemon has no private key", $"configure it: pfsvpn up {tunnel.Handle}, or pfsvpn set {tunnel.Name} private-key FILE"));
        var missing = tunnel.OwnAddresses.Where(address => !addresses.Contains(address.ToString(), StringComparer.Ordinal)).ToList();
        if (missing.Count > 0) findings.Add(Finding.Problem($"{tunnel.Name} lacks the address {string.Join(", ", missing)} of its file", Reload(tunnel)));
        else if (addresses.Count == 0) findings.Add(Finding.Problem($"{tunnel.Name} has no address", $"ip address add ADDRESS/LENGTH dev {tunnel.Name}, or Address in its file"));
        if (tunnel.HasFile)
        {
            foreach (var peer in tunnel.Peers.Where(static peer => peer is { IsInFile: true, Runs: false })) findings.Add(Finding.Problem($"the daemon does not know peer {peer.Label} of the file", Reload(tunnel)));
            foreach (var peer in tunnel.Peers.Where(static peer => peer is { IsInFile: false, Runs: true })) findings.Add(Finding.Warning($"the daemon has a peer that is not in the file: {peer.Label}", Reload(tunnel) + " takes it out, pfsvpn save keeps it"));
        }
        if (findings.All(static finding => finding.Verdict != Verdict.Problem)) findings.Insert(0, Finding.Ok($"{tunnel.Name} is up, and its daemon answers"));
        return findings;
    }

    private static Finding Elsewhere(Patient tunnel) => tunnel.IsWanted
        ? Finding.Problem($"its daemon answers, but {tunnel.Name} is not in this network namespace", $"look at it from where it is: ip netns exec NAMESPACE pfsvpn doctor {tunnel.Handle}")
        : Finding.Skipped($"its daemon answers, but {tunnel.Name} is in another network namespace");

    private static Finding WithoutDaemon(IHostProbe probe, Patient tunnel, bool exists)
    {
        if (tunnel.DaemonError is { } error && !RightsCheck.IsRoot(probe)) return Finding.Skipped($"its daemon cannot be asked: {error}");
        if (exists && tunnel.DaemonError?.Contains("kernel itself", StringComparison.Ordinal) == true) return Finding.Skipped($"{tunnel.Name} is run by the kernel: wg show {tunnel.Name}");
        if (exists) return Finding.Problem($"{tunnel.Name} exists, but no daemon answers for it{(tunnel.DaemonError is { } why ? $": {why}" : "")}", $"ip link delete {tunnel.Name}; pfsvpn up {tunnel.Handle}");
        return tunnel.IsWanted ? Finding.Problem($"{tunnel.Name} is not up", $"pfsvpn up {tunnel.Handle}") : Finding.Skipped($"{tunnel.Name} is not up");
    }

    private static string Reload(Patient tunnel) => $"pfsvpn reload {tunnel.Handle}";

    private static string Again(Patient tunnel) => $"pfsvpn down {tunnel.Handle}; pfsvpn up {tunnel.Handle}";

    private static (bool IsUp, List<string> Addresses) Read(string output)
    {
        try
        {
            using var json = JsonDocument.Parse(output);
            var link = json.RootElement.EnumerateArray().FirstOrDefault(static entry => entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("ifname", out _));
            if (link.ValueKind != JsonValueKind.Object) return (false, []);
            var isUp = link.GetProperty("flags").EnumerateArray().Any(static flag => flag.GetString() == "UP");
            return (isUp, [.. link.GetProperty("addr_info").EnumerateArray().Where(static entry => entry.GetProperty("scope").GetString() != "link").Select(static entry => entry.GetProperty("local").GetString() ?? "")]);
        }
        catch (Exception malformed) when (malformed is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return (false, []);
        }
    }
}
