using PfsVpn.Cli.Doctor.Checks;

namespace PfsVpn.Cli.Doctor;

/// <summary>Checks in their order, causes before what they cause: the first problem is where to begin.</summary>
/// <typeparam name="TProbe">What they see.</typeparam>
/// <param name="probe">The host.</param>
/// <param name="ofHost">The checks of the host.</param>
/// <param name="ofTunnel">The checks of a tunnel.</param>
internal sealed class Diagnosis<TProbe>(TProbe probe, IReadOnlyList<IHostCheck<TProbe>> ofHost, IReadOnlyList<ITunnelCheck<TProbe>> ofTunnel) : IDiagnosis
    where TProbe : IHostProbe
{
    /// <inheritdoc/>
    public IHostProbe Probe => probe;

    /// <inheritdoc/>
    public IEnumerable<(string Check, Finding Finding)> Host() => ofHost.SelectMany(check => Run(check.Name, () => check.Examine(probe)));

    /// <summary>Runs the checks of a tunnel. A file that cannot be used says nothing that could be checked further, nor does an interface that is not here.</summary>
    public IEnumerable<(string Check, Finding Finding)> Tunnel(Patient tunnel) => ofTunnel
        .Where(check => check is FileCheck || (tunnel.FileError is null || tunnel.Runs) && (!tunnel.IsElsewhere || check is InterfaceCheck))
        .SelectMany(check => Run(check.Name, () => check.Examine(probe, tunnel)));

    /// <summary>One check. What it cannot look at ends it, and not the report.</summary>
    private static IEnumerable<(string Check, Finding Finding)> Run(string name, Func<IEnumerable<Finding>> examine)
    {
        IEnumerator<Finding>? findings = null;
        while (true)
        {
            Finding? unseen = null;
            try
            {
                findings ??= examine().GetEnumerator();
                if (!findings.MoveNext()) yield break;
            }
            catch (CliException refused)
            {
                unseen = Finding.Skipped(refused.Message);
            }
            yield return (name, unseen ?? findings!.Current);
            if (unseen is not null) yield break;
        }
    }
}
