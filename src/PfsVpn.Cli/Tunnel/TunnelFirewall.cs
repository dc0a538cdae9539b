using System.Text;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Tunnel;

/// <summary>
/// The firewall's rules beside a default route: nobody reaches the tunnel's addresses from outside of it, and answers to the daemon's marked packets get their mark back. With nft,
/// else with iptables.
/// </summary>
/// <remarks>References: wg-quick(8). Tables and comments are named as wg-quick names them, so that each of the two can take away what the other made.</remarks>
internal static class TunnelFirewall
{
    /// <summary>Adds the rules for a family.</summary>
    public static void Add(TunnelHost host, TunnelFile file, string family, uint mark)
    {
        var addresses = Addresses(host, file, family);
        if (host.Context.Commands.Find("nft") is not null)
            host.Run(new CommandRequest("nft", ["-f", "-"]) { Input = NftText(host.Interface, family, addresses, mark) });
        else
            host.Run(new CommandRequest(family == "-4" ? "iptables-restore" : "ip6tables-restore", ["-n"]) { Input = IptablesText(host.Interface, addresses, mark) });
    }

    /// <summary>Takes away all that is there of the interface, of both families and both kinds.</summary>
    public static void Remove(TunnelHost host)
    {
        RemoveNft(host, "");
        RemoveIptables(host, "iptables");
        RemoveIptables(host, "ip6tables");
    }

    /// <summary>The same for one family.</summary>
    public static void Remove(TunnelHost host, string family)
    {
        RemoveNft(host, ProtocolOf(family));
        RemoveIptables(host, family == "-4" ? "iptables" : "ip6tables");
    }

    /// <summary>Makes the rules of a family anew, for other addresses of the interface: with nft in one step.</summary>
    public static void Replace(TunnelHost host, TunnelFile file, string family, uint mark)
    {
        if (host.Context.Commands.Find("nft") is null)
        {
            Remove(host, family);
            Add(host, file, family, mark);
            return;
        }
        var table = $"table {ProtocolOf(family)} wg-quick-{host.Interface}";
        host.Run(new CommandRequest("nft", ["-f", "-"]) { Input = $"{table} {{}}\ndelete {table}\n{NftText(host.Interface, family, Addresses(host, file, family), mark)}" });
    }

    private static string ProtocolOf(string family) => family == "-4" ? "ip" : "ip6";

    /// <summary>Deletes the tables of a protocol, or with none those of each.</summary>
    private static void RemoveNft(TunnelHost host, string protocol)
    {
        if (host.Context.Commands.Find("nft") is null) return;
        var text = new StringBuilder();
        foreach (var line in Lines(host.Query("nft", "list", "tables").Output))
        {
            if (line.EndsWith($" wg-quick-{host.Interface}", StringComparison.Ordinal) && (protocol.Length == 0 || line.StartsWith($"table {protocol} ", StringComparison.Ordinal)))
                text.Append("delete ").Append(line).Append('\n');
        }
        if (text.Length != 0) host.Run(new CommandRequest("nft", ["-f", "-"]) { Input = text.ToString() });
    }

    private static void RemoveIptables(TunnelHost host, string program)
    {
        if (host.Context.Commands.Find(program) is null) return;
        var comment = Comment(host.Interface);
        var text = new StringBuilder();
        var found = false;
        foreach (var line in Lines(host.Query($"{program}-save").Output))
        {
            var isRule = line.StartsWith("-A ", StringComparison.Ordinal) && line.Contains(comment, StringComparison.Ordinal);
            if (isRule) text.Append("-D").Append(line.AsSpan(2)).Append('\n');
            else if (line == "COMMIT" || line.StartsWith('*')) text.Append(line).Append('\n');
            found |= isRule;
        }
        if (found) host.Run(new CommandRequest($"{program}-restore", ["-n"]) { Input = text.ToString() });
    }

    private static string NftText(string name, string family, IEnumerable<string> addresses, uint mark)
    {
        var protocol = ProtocolOf(family);
        var text = new StringBuilder($"table {protocol} wg-quick-{name} {{\n\tchain preraw {{\n\t\ttype filter hook prerouting priority -300; policy accept;\n");
        foreach (var address in addresses) text.Append($"\t\tiifname != \"{name}\" {protocol} daddr {address} fib saddr type != local drop\n");
        text.Append("\t}\n\tchain premangle {\n\t\ttype filter hook prerouting priority -150; policy accept;\n\t\tmeta l4proto udp meta mark set ct mark\n");
        text.Append("\t}\n\tchain postmangle {\n\t\ttype filter hook postrouting priority -150; policy accept;\n");
        return text.Append($"\t\tmeta l4proto udp meta mark {mark} ct mark set meta mark\n\t}}\n}}\n").ToString();
    }

    private static string IptablesText(string name, IEnumerable<string> addresses, uint mark)
    {
        var comment = Comment(name);
        var text = new StringBuilder("*raw\n");
        foreach (var address in addresses) text.Append($"-I PREROUTING ! -i {name} -d {address} -m addrtype ! --src-type LOCAL -j DROP {comment}\n");
        text.Append($"COMMIT\n*mangle\n-I POSTROUTING -m mark --mark {mark} -p udp -j CONNMARK --save-mark {comment}\n");
        return text.Append($"-I PREROUTING -p udp -j CONNMARK --restore-mark {comment}\nCOMMIT\n").ToString();
    }

    private static string Comment(string name) => $"-m comment --comment \"wg-quick(8) rule for {name}\"";

    /// <summary>The addresses that the interface has; in a dry run, those that the file will give it.</summary>
    private static IEnumerable<string> Addresses(TunnelHost host, TunnelFile file, string family)
    {
        if (host.DryRun) return file.Addresses.Where(address => TunnelLink.FamilyOf(address) == family).Select(static address => address.Split('/')[0]);
        return Lines(host.Query("ip", "-o", family, "addr", "show", "dev", host.Interface).Output)
            .Select(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(static words => words.Length > 3 && words[2] is "inet" or "inet6" && words[3].Contains('/', StringComparison.Ordinal))
            .Select(static words => words[3].Split('/')[0]);
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
