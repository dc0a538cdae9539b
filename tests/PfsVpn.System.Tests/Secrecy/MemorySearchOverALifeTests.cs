using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Secrecy;

/// <summary>The whole life of a key for real: 180 s without traffic, then it is nowhere.</summary>
/// <remarks>Over three minutes, because that is how long WireGuard's keys live; all of it waits side by side, and beside the rest of the suite.</remarks>
[Collection(PatientMemory.Name)]
public sealed class MemorySearchOverALifeTests
{
    [SystemFact]
    public Task After_180_s_of_silence_no_key_is_left_and_a_build_that_forgets_it_is_caught() => Task.WhenAll(
        Task.Run(static () => MemorySearchTests.AssertClean(MemorySearchTests.Options())),
        Task.Run(static () => MemorySearchTests.AssertClean(MemorySearchTests.Options() with { WithoutMemfdSecret = true })),
        MutantTests.CatchSlowAsync());
}
