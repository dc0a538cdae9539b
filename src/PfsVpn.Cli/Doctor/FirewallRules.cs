using System.Globalization;

namespace PfsVpn.Cli.Doctor;

/// <summary>
/// The filter rules of a host, as <c>nft list ruleset</c> and <c>iptables -S</c> print them, and what they do with a packet. Only what is understood wholly
/// counts: a rule with a condition that is not known is passed over, so what is found is there, and what is not found may be there nevertheless.
/// </summary>
/// <remarks>References: nft(8), iptables(8). Threading: one thread.</remarks>
internal sealed class FirewallRules
{
    private const int DeepestJump = 8;

    private readonly List<Chain> _chains = [];

    /// <summary>Whether there is no rule and no policy that drops.</summary>
    public bool IsEmpty => _chains.TrueForAll(static chain => chain.Rules.Count == 0 && chain.Policy != "drop");

    private sealed record Chain(string Table, string Name)
    {
        /// <summary>input, output or forward; empty for a chain that others jump to.</summary>
        public string Hook { get; set; } = "";

        public string Policy { get; set; } = "accept";

        public List<string[]> Rules { get; } = [];
    }

    /// <summary>Reads nft's own form.</summary>
    public void ReadNft(string text)
    {
        var (table, chain, depth) = ("", default(Chain), 0);
        foreach (var line in text.Split('\n').Select(static line => line.Trim()))
        {
            var words = Words(line);
            if (words is ["table", var family, var name, "{"]) (table, depth) = ($"{family} {name}", 1);
            else if (words is ["chain", var own, "{"]) (chain, depth) = (new Chain(table, own), 2);
            else if (line == "}")
            {
                if (chain is not null && depth == 2) _chains.Add(chain);
                (chain, depth) = (null, Math.Max(0, depth - 1));
            }
            else if (chain is null)
            {
                // Sets, maps, flow tables: they end with a brace of their own.
                if (line.EndsWith('{')) depth++;
            }
            else if (words is ["type", var type, "hook", var hook, ..])
            {
                // A chain of type nat sees the first packet only, and drops nothing.
                chain.Hook = type == "filter" ? hook : "";
                var policy = Array.IndexOf(words, "policy");
                if (policy >= 0 && policy + 1 < words.Length) chain.Policy = words[policy + 1].TrimEnd(';');
            }
            else if (words.Length > 0) chain.Rules.Add(words);
        }
    }

    /// <summary>Reads the form of iptables, turning what is understood into nft's words.</summary>
    public void ReadIptables(string text)
    {
        foreach (var line in text.Split('\n'))
        {
            var words = Words(line);
            if (words is ["-P", var name, var policy]) ChainOf(name).Policy = policy.ToLowerInvariant();
            else if (words is ["-A", var to, ..]) ChainOf(to).Rules.Add(FirewallWords.FromIptables(words[2..]));
        }
    }

    /// <summary>Says which chain or rule drops a packet, in words that stand before "drops"; null where none is found.</summary>
    /// <param name="hook">input, output or forward.</param>
    /// <param name="packet">The packet.</param>
    public string? Judge(string hook, FirewallPacket packet) =>
        _chains.Where(chain => chain.Hook == hook).Select(chain => JudgeChain(chain, packet, 0)).FirstOrDefault(static verdict => verdict is { Drops: true })?.By;

    private Decision? JudgeChain(Chain chain, FirewallPacket packet, int depth)
    {
        foreach (var rule in chain.Rules)
        {
            var (matches, action) = FirewallWords.Match(rule, packet);
            // Not known whether it applies: it may let the packet in, so nothing behind it is certain.
            if (matches is null && action is ["accept", ..]) return new Decision(false, "");
            if (matches is not true) continue;
            switch (action)
            {
                case ["accept", ..]:
                    return new Decision(false, "");
                case ["drop", ..] or ["reject", ..]:
                    return new Decision(true, $"a rule of {Place(chain)} ({string.Join(' ', rule)})");
                case ["return", ..]:
                    return chain.Hook.Length > 0 ? OfPolicy(chain) : null;
                case ["jump" or "goto", var target, ..] when depth < DeepestJump:
                    var other = _chains.Find(candidate => candidate.Table == chain.Table && candidate.Name == target);
                    if (other is not null && JudgeChain(other, packet, depth + 1) is { } decision) return decision;
                    if (action[0] == "goto") return null;
                    break;
            }
        }
        return chain.Hook.Length > 0 ? OfPolicy(chain) : null;
    }

    private static Decision OfPolicy(Chain chain) => new(chain.Policy == "drop", $"the policy of {Place(chain)}");

    private static string Place(Chain chain) => string.Create(CultureInfo.InvariantCulture, $"{chain.Table}, chain {chain.Name}");

    private Chain ChainOf(string name)
    {
        const string table = "iptables";
        var chain = _chains.Find(chain => chain.Table == table && chain.Name == name);
        if (chain is not null) return chain;
        chain = new Chain(table, name) { Hook = name is "INPUT" or "OUTPUT" or "FORWARD" ? name.ToLowerInvariant() : "" };
        _chains.Add(chain);
        return chain;
    }

    private static string[] Words(string line) => line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);

    private sealed record Decision(bool Drops, string By);
}
