namespace PfsVpn.Cli.View;

/// <summary>The order of peers under a <see cref="TopSort"/>. Where two are the same, their interface, name and key decide, so that nothing jumps.</summary>
internal sealed class TopOrder(TopSort sort, bool isReversed) : IComparer<TopPeer>
{
    /// <inheritdoc/>
    public int Compare(TopPeer? x, TopPeer? y)
    {
        if (x is null || y is null) return 0;
        var order = sort switch
        {
            TopSort.Rate => y.Rate.CompareTo(x.Rate),
            TopSort.Handshake => Age(x.Sample.HandshakeAge).CompareTo(Age(y.Sample.HandshakeAge)),
            TopSort.Exposure => (y.Sample.ExposureSeconds ?? -1).CompareTo(x.Sample.ExposureSeconds ?? -1),
            TopSort.State => y.Sample.Condition.CompareTo(x.Sample.Condition),
            TopSort.Total => y.Total.CompareTo(x.Total),
            _ => ByName(x, y),
        };
        if (order != 0) return isReversed ? -order : order;
        order = string.CompareOrdinal(x.Owner.Name, y.Owner.Name);
        if (order == 0) order = ByName(x, y);
        return order != 0 ? order : string.CompareOrdinal(x.Sample.Key, y.Sample.Key);
    }

    private static double Age(double? age) => age ?? double.PositiveInfinity;

    /// <summary>Those with names first.</summary>
    private static int ByName(TopPeer x, TopPeer y)
    {
        var named = (x.Sample.Name.Length == 0).CompareTo(y.Sample.Name.Length == 0);
        if (named != 0) return named;
        var order = string.Compare(x.Title, y.Title, StringComparison.OrdinalIgnoreCase);
        return order != 0 ? order : string.CompareOrdinal(x.Sample.Key, y.Sample.Key);
    }
}
