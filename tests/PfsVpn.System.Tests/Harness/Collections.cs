using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Harness;

/// <summary>Tests that load the machine: alone, one after the other, when all others have ended.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Heavy
{
    public const string Name = "heavy";
}

/// <summary>Tests that wait for the protocol's own two or three minutes and need little else: they start first, beside all others.</summary>
[CollectionDefinition(Name)]
public sealed class Patient
{
    public const string Name = "patient";
}

/// <summary>The same for the search of a daemon's memory, beside the others that wait.</summary>
[CollectionDefinition(Name)]
public sealed class PatientMemory
{
    public const string Name = Patient.Name + " memory";
}

/// <summary>Starts the collections that wait longest before the others.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(collection => collection.DisplayName.StartsWith(Patient.Name, StringComparison.Ordinal) ? 0 : 1).ThenBy(collection => collection.DisplayName, StringComparer.Ordinal);
}
