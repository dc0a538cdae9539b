using PfsVpn.Cli.Doctor;

namespace PfsVpn.Cli.Windows.Doctor.Checks;

/// <summary>Whether memory can be locked: keys are never in memory that is not.</summary>
internal sealed class LockedMemoryCheck : IHostCheck<IWindowsProbe>
{
    /// <inheritdoc/>
    public string Name => "memlock";

    /// <inheritdoc/>
    public IEnumerable<Finding> Examine(IWindowsProbe probe)
    {
        yield return probe.TryLockMemory() is { } error
            ? Finding.Problem($"memory cannot be locked, so keys have no place: {error}", "close programs that take much memory; where a job or a container limits the working set, raise that limit")
            : Finding.Ok("memory can be locked");
    }
}
