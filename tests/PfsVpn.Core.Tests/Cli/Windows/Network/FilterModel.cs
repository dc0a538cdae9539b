using PfsVpn.Cli.Input;
using PfsVpn.Cli.Windows.Network.Filters;
using PfsVpn.Packets;

namespace PfsVpn.Tests.Cli.Windows.Network;

/// <summary>A packet as the filtering platform sees it.</summary>
internal sealed record FilteredPacket(FilterLayer Layer, string Remote)
{
    public bool IsLoopback { get; init; }

    public ulong Interface { get; init; } = 1;

    public ulong Target { get; init; } = 1;

    public string Local { get; init; } = "192.168.1.5";

    public byte Protocol { get; init; } = FilterCondition.Udp;

    public ushort LocalPort { get; init; } = 50000;

    public ushort RemotePort { get; init; } = 443;

    public string Program { get; init; } = @"C:\browser.exe";

    public bool IsAdministrator { get; init; }
}

/// <summary>What the filtering platform decides: in a set the heaviest filter whose conditions hold; of all sets, a refusal counts unless somebody permits for good.</summary>
internal static class FilterModel
{
    public static bool Passes(FilteredPacket packet, params FilterSet[] sets)
    {
        var decisions = sets.Select(set => Decide(set, packet)).Where(static rule => rule is not null).ToList();
        return decisions.Exists(static rule => rule!.IsFinal) || !decisions.Exists(static rule => !rule!.Permits);
    }

    public static FilterRule? Decide(FilterSet set, FilteredPacket packet)
    {
        var holding = set.Rules.Where(rule => rule.Layer == packet.Layer && Holds(rule, packet)).OrderByDescending(static rule => rule.Weight).ToList();
        // Two that weigh the same and disagree would leave it to the platform.
        if (holding.Count > 1 && holding[0].Weight == holding[1].Weight) Assert.Equal(holding[0].Permits, holding[1].Permits);
        return holding.FirstOrDefault();
    }

    private static bool Holds(FilterRule rule, FilteredPacket packet) => rule.Conditions.GroupBy(static condition => condition.Field).All(field => field.Any(condition => Holds(condition, packet)));

    private static bool Holds(FilterCondition condition, FilteredPacket packet) => condition.Field switch
    {
        FilterField.Loopback => packet.IsLoopback,
        FilterField.LocalInterface => packet.Interface == condition.Number,
        FilterField.ForwardInterface => packet.Target == condition.Number,
        FilterField.LocalAddress => condition.Prefix.Contains(Parse(packet.Local)),
        FilterField.RemoteAddress or FilterField.Destination => condition.Prefix.Contains(Parse(packet.Remote)),
        FilterField.Protocol => packet.Protocol == condition.Number,
        FilterField.LocalPort => packet.LocalPort == condition.Number,
        FilterField.RemotePort => packet.RemotePort == condition.Number,
        FilterField.Program => packet.Program == condition.Path,
        _ => packet.IsAdministrator,
    };

    private static IpAddress Parse(string text) => IpAddress.TryParse(text, out var address) ? address : throw new ArgumentException(text, nameof(text));
}
