using System.Globalization;

namespace PfsVpn.Cli.Tunnel;

/// <summary>A rule of the routing policy that a tunnel may have made.</summary>
/// <param name="Priority">Its priority, as <c>ip -N rule</c> prints it.</param>
/// <param name="Text">What it says, as <c>ip -N rule</c> prints it.</param>
internal sealed record RoutingRule(string Priority, string Text)
{
    /// <summary>254 is the main table.</summary>
    private const string Suppressing = "from all lookup 254 suppress_prefixlength 0";

    /// <summary>Whether it lets the more specific routes of the main table go first.</summary>
    public bool IsSuppressing => Text == Suppressing;

    /// <summary>Whether it sends what carries no mark into a tunnel's table.</summary>
    public bool IsOfTunnel => Text.StartsWith("not from all fwmark ", StringComparison.Ordinal);

    /// <summary>The table that it looks into: its number, also where that has a name.</summary>
    public string Table => Text.Split("lookup ")[^1].Split(' ')[0];

    /// <summary>The words of <c>ip rule add</c> for a rule of a tunnel; nothing for all others.</summary>
    public IEnumerable<string> Selector
    {
        get
        {
            if (IsSuppressing) return ["table", "main", "suppress_prefixlength", "0"];
            return IsOfTunnel && Text == $"not from all fwmark 0x{Number(Table):x} lookup {Table}" ? ["not", "fwmark", Table, "table", Table] : [];
        }
    }

    /// <summary>All rules of a family, in the order in which they are looked at. With numbers only: a table of a tunnel may have a name in <c>rt_tables</c>.</summary>
    public static List<RoutingRule> List(TunnelHost host, string family) =>
    [
        .. host.Query("ip", family, "-N", "rule", "show").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(static line => line.Split(':', 2)).Where(static parts => parts.Length == 2)
            .Select(static parts => new RoutingRule(parts[0].Trim(), parts[1].Trim())),
    ];

    /// <summary>Takes the rules of a tunnel away that looks into a table; of those for more specific routes only what is not another tunnel's.</summary>
    public static void DeleteOf(TunnelHost host, string table)
    {
        foreach (var family in (string[])["-4", "-6"]) DeleteOf(host, table, family);
    }

    /// <summary>The same for one family.</summary>
    public static void DeleteOf(TunnelHost host, string table, string family)
    {
        var all = List(host, family);
        var own = all.Where(rule => rule.Table == table).ToList();
        // wg-quick and this program put the one rule right in front of the other.
        var companions = own.Select(static rule => Number(rule.Priority) - 1).ToHashSet();
        var others = all.Exists(rule => rule.IsOfTunnel && rule.Table != table);
        foreach (var rule in own) rule.Delete(host, family);
        foreach (var rule in all.Where(rule => rule.IsSuppressing && (!others || companions.Contains(Number(rule.Priority))))) rule.Delete(host, family);
    }

    /// <summary>Takes it away.</summary>
    public void Delete(TunnelHost host, string family) => host.Run("ip", [family, "rule", "delete", "priority", Priority, .. Selector.Any() ? Selector : ["table", Table]]);

    private static uint Number(string text) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
