using PfsVpn.Packets;

namespace PfsVpn.Cli.Doctor.Checks;

/// <summary>Rules of nftables or iptables that drop the port or the tunnel.</summary>
internal sealed class FirewallCheck : ITunnelCheck<ILinuxProbe>
{
    private static readonly string[] Legacy = ["iptables-legacy", "ip6tables-legacy"];

    /// <inheritdoc/>
    public string Name => "firewall";

    /// <inheritdoc/>
    public IEnumerable<Finding> Examine(ILinuxProbe probe, Patient tunnel)
    {
        var rules = Rules(probe);
        if (rules is null) return [Finding.Skipped("the rules cannot be read: that needs root, and nft or iptables")];
        var findings = new List<Finding>();
        var port = tunnel.ListenPort != 0 ? tunnel.ListenPort : tunnel.FilePort;
        if (port != 0 && tunnel.IsServer) Add(findings, rules.Judge("input", FirewallPacket.Udp(null, null, port)), $"drops UDP port {port}, by which the peers come", $"let it in: nft insert rule TABLE CHAIN udp dport {port} accept, or: ufw allow {port}/udp, firewall-cmd --add-port={port}/udp");
        foreach (var endpoint in tunnel.Peers.Select(static peer => peer.Endpoint).OfType<EndpointAddress>().Take(8))
        {
            Add(findings, rules.Judge("output", FirewallPacket.Udp(null, endpoint.Address, endpoint.Port)), $"drops UDP to {NativeResolver.Format(endpoint)}, the endpoint of a peer", "let it out: nft insert rule TABLE CHAIN udp dport " + endpoint.Port + " accept");
            if (port != 0) Add(findings, rules.Judge("input", FirewallPacket.UdpAnswer(endpoint, port)), $"drops what comes back from {NativeResolver.Format(endpoint)}", $"let answers in: ct state established,related accept, or udp dport {port} accept");
        }
        Add(findings, rules.Judge("input", FirewallPacket.Through(tunnel.Name, null)), $"drops everything that comes in by {tunnel.Name}", $"let it in: nft insert rule TABLE CHAIN iifname \"{tunnel.Name}\" accept");
        Add(findings, rules.Judge("output", FirewallPacket.Through(null, tunnel.Name)), $"drops everything that goes out by {tunnel.Name}", $"let it out: nft insert rule TABLE CHAIN oifname \"{tunnel.Name}\" accept");
        if (tunnel.IsServer && tunnel.Forwards)
        {
            Add(findings, rules.Judge("forward", FirewallPacket.Through(tunnel.Name, "?")), $"does not forward what comes in by {tunnel.Name}", $"let it through: nft insert rule TABLE CHAIN iifname \"{tunnel.Name}\" accept; nft insert rule TABLE CHAIN oifname \"{tunnel.Name}\" accept");
        }
        return findings.Count > 0 ? findings : [Finding.Ok(rules.IsEmpty ? "there are no rules" : "no rule that is understood drops the port or the tunnel")];
    }

    private static void Add(List<Finding> findings, string? judgement, string what, string remedy)
    {
        if (judgement is null || findings.Any(finding => finding.What.StartsWith(judgement + " ", StringComparison.Ordinal))) return;
        findings.Add(Finding.Problem($"{judgement} {what}", remedy));
    }

    private static FirewallRules? Rules(ILinuxProbe probe)
    {
        var rules = new FirewallRules();
        var nft = probe.Run("nft", "list", "ruleset");
        if (nft.Succeeded) rules.ReadNft(nft.Output);
        var legacy = Legacy.Select(program => probe.Run(program, "-S")).ToList();
        // Where there is no nft, the plain name is whatever there is.
        if (!nft.Succeeded) legacy.Add(probe.Run("iptables", "-S"));
        foreach (var one in legacy.Where(static one => one.Succeeded)) rules.ReadIptables(one.Output);
        return nft.Succeeded || legacy.Any(static one => one.Succeeded) ? rules : null;
    }
}
