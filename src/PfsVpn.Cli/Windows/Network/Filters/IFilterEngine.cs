namespace PfsVpn.Cli.Windows.Network.Filters;

/// <summary>The filters of this machine.</summary>
/// <remarks>Errors: <see cref="CliException"/> with the words of Windows. Each call is one transaction: all of it or nothing.</remarks>
internal interface IFilterEngine
{
    /// <summary>Whether a set is there. False without a running engine, and for a user who may not ask: from him come only dry runs.</summary>
    bool Has(FilterPurpose purpose, string name);

    /// <summary>Makes a set, or puts it into the place of the former one at once, so that there is no moment without it.</summary>
    void Replace(FilterSet set);

    /// <summary>Takes a set away, and nothing else; also one that is not there.</summary>
    void Remove(FilterPurpose purpose, string name);
}
