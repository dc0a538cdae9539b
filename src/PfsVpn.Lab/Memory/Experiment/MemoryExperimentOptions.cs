namespace PfsVpn.Lab.Memory.Experiment;

/// <summary>What a memory search is about.</summary>
internal sealed record MemoryExperimentOptions
{
    /// <summary>pfsvpnd, or another daemon with its command line.</summary>
    public required string Program { get; init; }

    /// <summary>Whether the daemon is to find a kernel without memfd_secret, so that its keys are in memory that can be searched.</summary>
    public bool WithoutMemfdSecret { get; init; }

    /// <summary>Further environment variables of the daemon.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The one phase to search in, after which the experiment ends; null for all.</summary>
    public string? OnlyPhase { get; init; }

    /// <summary>Whether to leave out the three minutes of silence.</summary>
    public bool IsQuick { get; init; }
}
