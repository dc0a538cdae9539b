namespace PfsVpn.Lab.Memory.Search;

/// <summary>What a search found.</summary>
/// <param name="Hits">The places, in order of address.</param>
/// <param name="Coverage">What was searched.</param>
/// <param name="Duration">How long it took.</param>
internal sealed record SearchResult(IReadOnlyList<MemoryHit> Hits, MemoryCoverage Coverage, TimeSpan Duration);
