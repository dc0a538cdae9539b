using PfsVpn.Lab.Memory.Search;

namespace PfsVpn.Lab.Memory.Experiment;

/// <summary>One search of an experiment.</summary>
/// <param name="Name">When it was.</param>
/// <param name="Findings">What was found.</param>
/// <param name="Searched">How many secrets of each kind were looked for.</param>
/// <param name="LiveSecrets">How many of them were alive.</param>
/// <param name="Coverage">What was searched.</param>
/// <param name="Duration">How long it took.</param>
internal sealed record PhaseResult(
    string Name, IReadOnlyList<Finding> Findings, IReadOnlyDictionary<SecretKind, int> Searched, int LiveSecrets, MemoryCoverage Coverage, TimeSpan Duration)
{
    /// <summary>What must not be.</summary>
    public IEnumerable<Finding> Leaks => Findings.Where(static finding => finding.IsLeak);

    /// <summary>Live secrets that were found in the arena: proof that the search sees it.</summary>
    public int LiveFound => Findings.Where(static finding => !finding.IsLeak && SecretBook.IsArena(finding.Hit.Mapping)).Select(static finding => finding.Hit.Secret).Distinct().Count();
}
