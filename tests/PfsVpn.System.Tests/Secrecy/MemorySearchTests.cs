using PfsVpn.Crypto;
using PfsVpn.Lab.Memory.Experiment;
using PfsVpn.Lab.Memory.Search;
using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Secrecy;

/// <summary>No key is in the memory of the running daemon but in the arena, and none there when its life is over.</summary>
/// <remarks>Over ten seconds: a rekey takes the 5 s that the protocol leaves the old key, an attempt the 5 s until the next; the runs are side by side.</remarks>
public sealed class MemorySearchTests
{
    [SystemTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void No_key_is_where_it_must_not_be(bool withoutMemfdSecret) => AssertClean(Options() with { WithoutMemfdSecret = withoutMemfdSecret, IsQuick = true });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void No_ephemeral_key_of_a_hosted_device_is_left_and_none_is_in_a_core(bool isSecret)
    {
        using var experiment = new HostedExperiment(isSecret ? SecretArenaKind.MemfdSecret : SecretArenaKind.LockedMemory);
        var phases = experiment.Run();
        Assert.Empty(Describe(phases));
        // Where cores are piped to a program there is none to search.
        if (!File.ReadAllText("/proc/sys/kernel/core_pattern").StartsWith('|')) Assert.Contains(phases, static phase => phase.Name == "a core made by force");
        if (isSecret) return;
        var attempt = phases.Single(static phase => phase.Name == "an attempt under way");
        Assert.Contains(attempt.Findings, static finding => finding.Hit.Secret.Kind == SecretKind.EphemeralPrivateKey);
    }

    [Fact]
    public void The_search_finds_a_key_in_a_managed_array()
    {
        using var experiment = new CarelessProcess();
        var forms = Assert.Single(experiment.Run()).Leaks.Select(static leak => leak.Hit.Form).ToHashSet();
        Assert.Superset(new HashSet<SecretForm> { SecretForm.Raw, SecretForm.Hex }, forms);
    }

    [SystemFact]
    public void The_search_finds_dead_keys_in_another_implementation()
    {
        using var experiment = new MemoryExperiment(new MemoryExperimentOptions { Program = Programs.PathOf(Implementation.WireGuardGo), IsQuick = true });
        var last = experiment.Run()[^1];
        SecretKind[] expected = [SecretKind.SessionKey, SecretKind.ChainingKey, SecretKind.PrivateKey, SecretKind.PresharedKey, SecretKind.Plaintext];
        Assert.Superset(expected.ToHashSet(), last.Leaks.Select(static leak => leak.Hit.Secret.Kind).ToHashSet());
    }

    internal static MemoryExperimentOptions Options() => new() { Program = Programs.PathOf(Implementation.PfsVpn) };

    /// <summary>Runs an experiment and wants no hit but live keys in the arena; these must all be seen where they can be.</summary>
    internal static void AssertClean(MemoryExperimentOptions options)
    {
        using var experiment = new MemoryExperiment(options);
        var phases = experiment.Run();
        var leaks = Describe(phases).ToList();
        Assert.True(leaks.Count == 0, string.Join('\n', leaks));
        foreach (var phase in phases)
        {
            // The runtime's windows for writing code come and go while the search reads.
            var unreadable = phase.Coverage.Unreadable.Select(static part => part.Mapping)
                .Where(static mapping => !mapping.IsOfKernel && !mapping.Path.StartsWith("/memfd:doublemapper", StringComparison.Ordinal)).ToList();
            Assert.All(unreadable, static mapping => Assert.True(mapping.IsSecret, $"{mapping.Name} cannot be read"));
            Assert.Equal(options.WithoutMemfdSecret, unreadable.Count == 0);
        }
        if (!options.WithoutMemfdSecret) return;
        // Proof that the search sees the arena: what lives for the whole of a phase is found there.
        var session = phases.Single(static phase => phase.Name == "during the session");
        var seen = session.Findings.Where(static finding => !finding.IsLeak).CountBy(static finding => finding.Hit.Secret.Kind).ToDictionary();
        Assert.Equal(8, seen.GetValueOrDefault(SecretKind.SessionKey));
        Assert.Equal(4, seen.GetValueOrDefault(SecretKind.StaticStatic));
        Assert.Equal(4, seen.GetValueOrDefault(SecretKind.PresharedKey));
        Assert.Equal(2, seen.GetValueOrDefault(SecretKind.PrivateKey));
    }

    private static IEnumerable<string> Describe(IEnumerable<PhaseResult> phases) =>
        phases.SelectMany(static phase => phase.Leaks.Select(leak => $"{phase.Name}: {leak.Place}: {leak.Hit.Secret.Name}, {leak.Hit.Form} ({leak.Hit.Detail}): {leak.Reason}")).Take(20);
}
