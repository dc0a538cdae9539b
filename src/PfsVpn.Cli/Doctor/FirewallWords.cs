using System.Globalization;
using PfsVpn.Cli.Input;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Doctor;

/// <summary>The words of one firewall rule: its conditions against a packet, and its action.</summary>
/// <remarks>References: nft(8), iptables-extensions(8). Threading: pure functions.</remarks>
internal static class FirewallWords
{
    private static readonly HashSet<string> Actions = new(["accept", "drop", "reject", "return", "jump", "goto", "continue", "queue"], StringComparer.Ordinal);

    /// <summary>Whether a rule applies (null: that cannot be told), and its action with the words behind it; empty for none.</summary>
    public static (bool? Matches, string[] Action) Match(string[] rule, FirewallPacket packet)
    {
        bool? matches = true;
        for (var i = 0; i < rule.Length;)
        {
            if (Actions.Contains(rule[i])) return (matches, rule[i..]);
            var (verdict, used) = Condition(rule, i, packet);
            if (verdict == false) matches = false;
            else if (verdict is null && matches != false) matches = null;
            i += used;
        }
        return (matches, []);
    }

    /// <summary>Turns the words of an iptables rule into nft's, as far as they are understood; what is not becomes a condition that nobody knows.</summary>
    public static string[] FromIptables(string[] words)
    {
        var rule = new List<string>();
        for (var i = 0; i < words.Length; i++)
        {
            var not = words[i] == "!";
            if (not) i++;
            if (i >= words.Length) break;
            string[]? condition = words[i] switch
            {
                "-i" => ["iifname"],
                "-o" => ["oifname"],
                "-s" => ["ip", "saddr"],
                "-d" => ["ip", "daddr"],
                "-p" => ["meta", "l4proto"],
                "--dport" => ["udp", "dport"],
                "--sport" => ["udp", "sport"],
                "--ctstate" or "--state" => ["ct", "state"],
                _ => null,
            };
            if (words[i] is "-m" && i + 1 < words.Length) i++;
            else if (words[i] is "-j" or "-g" && i + 1 < words.Length)
            {
                var target = words[++i];
                rule.AddRange(target is "ACCEPT" or "DROP" or "REJECT" or "RETURN" ? [target.ToLowerInvariant()] : target is "LOG" ? ["continue"] : ["jump", target]);
                break;
            }
            else if (condition is null || i + 1 >= words.Length) rule.Add("unknown");
            else rule.AddRange([.. condition, .. not ? ["!="] : Array.Empty<string>(), words[++i].ToLowerInvariant()]);
        }
        return [.. rule];
    }

    private static (bool? Verdict, int Used) Condition(string[] rule, int at, FirewallPacket packet)
    {
        switch (rule[at])
        {
            case "counter":
                // counter packets N bytes N, or the word alone.
                return (true, at + 4 < rule.Length && rule[at + 1] == "packets" ? 5 : 1);
            case "log":
                return (true, at + 2 < rule.Length && rule[at + 1] is "prefix" or "level" ? 3 : 1);
            case "iifname" or "iif":
                return Compare(rule, at + 1, value => Same(packet.InputDevice, value), 1);
            case "oifname" or "oif":
                return Compare(rule, at + 1, value => Same(packet.OutputDevice, value), 1);
            case "udp" when Next(rule, at) is "dport":
                return And(packet.Protocol is null ? null : packet.Protocol == "udp", Compare(rule, at + 2, value => InRange(packet.DestinationPort, value), 2));
            case "udp" when Next(rule, at) is "sport":
                return And(packet.Protocol is null ? null : packet.Protocol == "udp", Compare(rule, at + 2, value => InRange(packet.SourcePort, value), 2));
            case "tcp" or "icmp" or "icmpv6" or "sctp" or "esp":
                return And(packet.Protocol is null ? null : false, Compare(rule, at + 2, static _ => null, 2));
            case "ip" or "ip6" when Next(rule, at) is "saddr":
                return Compare(rule, at + 2, value => Inside(packet.Source, value, rule[at] == "ip"), 2);
            case "ip" or "ip6" when Next(rule, at) is "daddr":
                return Compare(rule, at + 2, value => Inside(packet.Destination, value, rule[at] == "ip"), 2);
            case "ip" or "ip6" or "meta" when Next(rule, at) is "protocol" or "l4proto" or "nexthdr":
                return Compare(rule, at + 2, value => packet.Protocol is null ? null : value == packet.Protocol || value == "17", 2);
            case "ct" when Next(rule, at) is "state":
                return Compare(rule, at + 2, value => value.Split(',').Contains(packet.State, StringComparer.OrdinalIgnoreCase), 2);
            default:
                return (null, 1);
        }
    }

    /// <summary>Reads one value, a set in braces or a comparison with != behind the words of a condition.</summary>
    private static (bool? Verdict, int Used) Compare(string[] rule, int at, Func<string, bool?> test, int words)
    {
        var not = at < rule.Length && rule[at] == "!=";
        if (not) at++;
        var used = words + (not ? 2 : 1);
        if (at >= rule.Length) return (null, used);
        bool? found;
        if (rule[at] == "{")
        {
            var end = Array.IndexOf(rule, "}", at);
            if (end < 0) return (null, rule.Length);
            var results = rule[(at + 1)..end].Select(value => test(value.Trim(',', '"'))).ToList();
            found = results.Contains(true) ? true : results.Contains(null) ? null : false;
            used += end - at;
        }
        else found = rule[at].StartsWith('@') ? null : test(rule[at].Trim('"'));
        return (not ? !found : found, used);
    }

    private static (bool? Verdict, int Used) And(bool? first, (bool? Verdict, int Used) second) =>
        (first == false || second.Verdict == false ? false : first is null || second.Verdict is null ? null : true, second.Used);

    private static string? Next(string[] rule, int at) => at + 1 < rule.Length ? rule[at + 1] : null;

    /// <summary>Whether a device is the one that a rule names, with a star at the end or not. A device that is not known is never the loopback.</summary>
    private static bool? Same(string? device, string pattern)
    {
        if (device is null or "?") return pattern is "lo" ? false : null;
        return pattern.EndsWith('*') || pattern.EndsWith('+') ? device.StartsWith(pattern[..^1], StringComparison.Ordinal) : device == pattern;
    }

    private static bool? InRange(int? port, string value)
    {
        if (port is null) return null;
        var dash = value.IndexOfAny(['-', ':']);
        var (first, last) = dash < 0 ? (value, value) : (value[..dash], value[(dash + 1)..]);
        if (!int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var low) || !int.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var high)) return null;
        return port >= low && port <= high;
    }

    private static bool? Inside(IpAddress? address, string value, bool isV4)
    {
        if (address is not { } known) return null;
        if (known.IsV4 != isV4) return false;
        return Prefixes.TryParse(value, out _, out var prefix) ? prefix.Contains(known) : null;
    }
}
