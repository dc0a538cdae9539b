namespace PfsVpn.Lab.Memory.Experiment;

/// <summary>A memory search in phases.</summary>
internal interface IMemoryExperiment : IDisposable
{
    /// <summary>What is searched, for the head of a report.</summary>
    string Title { get; }

    /// <summary>Runs all phases.</summary>
    /// <exception cref="LabException">It cannot be done.</exception>
    IReadOnlyList<PhaseResult> Run();
}
