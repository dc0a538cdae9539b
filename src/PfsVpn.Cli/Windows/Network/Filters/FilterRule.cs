namespace PfsVpn.Cli.Windows.Network.Filters;

/// <summary>A filter. The heaviest one of a set whose conditions hold decides for the set; what one set refuses is refused, unless another permits it for good.</summary>
/// <param name="Name">For those who look at the filters of the machine.</param>
/// <param name="Layer">Where it is asked.</param>
/// <param name="Weight">0 to 15.</param>
/// <param name="Permits">Whether it permits, or blocks.</param>
/// <param name="Conditions">Those with one field are alternatives, those with different fields must all hold. None: it holds always.</param>
/// <param name="IsFinal">Whether no other set may refuse what it permits: Windows' own firewall does that for what begins outside.</param>
/// <remarks>References: Microsoft's page "Filter Arbitration".</remarks>
internal sealed record FilterRule(string Name, FilterLayer Layer, byte Weight, bool Permits, IReadOnlyList<FilterCondition> Conditions, bool IsFinal = false)
{
    /// <summary>The form of dry runs.</summary>
    public override string ToString()
    {
        var where = Layer switch
        {
            FilterLayer.ConnectV4 or FilterLayer.ConnectV6 => "out",
            FilterLayer.AcceptV4 or FilterLayer.AcceptV6 => "in",
            _ => "forward",
        };
        return $"{(Permits ? "permit" : "block")} {where} {(Layer.IsV4() ? "IPv4" : "IPv6")} {(Conditions.Count == 0 ? "everything" : string.Join(", ", Conditions))}";
    }
}
