using PfsVpn.Cli.Doctor;

namespace PfsVpn.Cli.Windows.Doctor.Checks;

/// <summary>Who runs this.</summary>
internal sealed class AdministratorCheck : IHostCheck<IHostProbe>
{
    /// <inheritdoc/>
    public string Name => "rights";

    /// <inheritdoc/>
    public IEnumerable<Finding> Examine(IHostProbe probe)
    {
        yield return probe.IsRoot ? Finding.Ok("networks may be configured (administrator)")
            : new Finding(Verdict.Skipped, "no administrator: running interfaces, private files and filters are not seen", "run it in a window of an administrator");
    }
}
