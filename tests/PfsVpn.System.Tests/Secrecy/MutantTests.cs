using System.Collections.Concurrent;
using PfsVpn.Crypto;
using PfsVpn.Lab;
using PfsVpn.Lab.Memory.Experiment;
using PfsVpn.Lab.Memory.Search;
using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Secrecy;

/// <summary>A build that skips one erase is caught by the memory search, for each kind of end of a key.</summary>
/// <remarks>
/// Over ten seconds: a build, and some twenty daemons, six at a time; one more has to wait for the end of a key's life.
/// </remarks>
public sealed class MutantTests
{
    private const int Together = 6;
    private const string Silence = "after 180 s of silence";

    private static readonly IReadOnlyList<Mutant> All = Mutant.ReadAll(Path.Combine(MutantBuild.Source, "tests", "mutants"));

    [SystemFact]
    public Task Every_erase_that_is_skipped_is_caught() => CatchAsync([.. All.Where(static mutant => mutant.Phase != Silence)]);

    /// <summary>Mutants of ends that take a key's whole life.</summary>
    internal static Task CatchSlowAsync() => CatchAsync([.. All.Where(static mutant => mutant.Phase == Silence)]);

    private static async Task CatchAsync(IReadOnlyList<Mutant> mutants)
    {
        Assert.NotEmpty(mutants);
        using var build = new MutantBuild();
        await build.BuildAsync(mutants);
        // The same build, with nothing skipped, is clean: what is caught below is what was skipped.
        var control = Task.Run(() => MemorySearchTests.AssertClean(Options(build) with { IsQuick = true }));
        var missed = new ConcurrentQueue<string>();
        await Parallel.ForEachAsync(mutants, new ParallelOptions { MaxDegreeOfParallelism = Together }, async (mutant, _) =>
        {
            var complaint = await Task.Run(() => Complaint(build, mutant), CancellationToken.None);
            if (complaint is not null) missed.Enqueue(complaint);
        });
        await control;
        Assert.Empty(missed);
    }

    /// <summary>Null where the mutant was caught.</summary>
    private static string? Complaint(MutantBuild build, Mutant mutant)
    {
        try
        {
            using var experiment = Start(build, mutant);
            var phases = experiment.Run();
            if (phases.FirstOrDefault(phase => phase.Name == mutant.Phase) is not { } phase) return $"{mutant.Name}: there is no phase `{mutant.Phase}'";
            var kind = Enum.Parse<SecretKind>(mutant.Kind);
            return phase.Leaks.Any(leak => leak.Hit.Secret.Kind == kind) ? null : $"{mutant.Name} was not caught";
        }
        catch (LabException failure)
        {
            return $"{mutant.Name}: {failure.Message}";
        }
    }

    private static IMemoryExperiment Start(MutantBuild build, Mutant mutant)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { [Mutant.Variable] = mutant.Name };
        if (mutant.IsHosted) return new HostedExperiment(SecretArenaKind.LockedMemory, build.Program("pfsvpn"), mutant.Phase, environment);
        return new MemoryExperiment(Options(build) with { IsQuick = mutant.Phase != Silence, OnlyPhase = mutant.Phase, Environment = environment });
    }

    private static MemoryExperimentOptions Options(MutantBuild build) => new() { Program = build.Program("pfsvpnd"), WithoutMemfdSecret = true };
}
