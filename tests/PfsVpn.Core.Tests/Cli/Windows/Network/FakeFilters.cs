using PfsVpn.Cli;
using PfsVpn.Cli.Windows.Network.Filters;

namespace PfsVpn.Tests.Cli.Windows.Network;

/// <summary>The filters of a machine.</summary>
internal sealed class FakeFilters : IFilterEngine
{
    public Dictionary<Guid, FilterSet> Sets { get; } = [];

    /// <summary>Whether no engine runs, as on Wine.</summary>
    public bool IsAbsent { get; set; }

    /// <summary>The change, counted from 1, that fails; 0 for none.</summary>
    public int FailingChange { get; set; }

    public int Changes { get; private set; }

    public bool Has(FilterPurpose purpose, string name) => Sets.ContainsKey(FilterSet.KeyOf(purpose, name));

    public FilterSet? Get(FilterPurpose purpose) => Sets.GetValueOrDefault(FilterSet.KeyOf(purpose, "wg0"));

    public void Replace(FilterSet set)
    {
        Change();
        Sets[set.Key] = set;
    }

    public void Remove(FilterPurpose purpose, string name)
    {
        Change();
        Sets.Remove(FilterSet.KeyOf(purpose, name));
    }

    /// <summary>The machine starts anew.</summary>
    public void Restart()
    {
        foreach (var set in Sets.Values.Where(static set => !set.IsPersistent).ToList()) Sets.Remove(set.Key);
    }

    private void Change()
    {
        if (IsAbsent) throw new CliException("the filtering platform cannot be opened");
        if (++Changes == FailingChange) throw new CliException("the filtering platform cannot take a filter");
    }
}
