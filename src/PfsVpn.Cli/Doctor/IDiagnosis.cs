namespace PfsVpn.Cli.Doctor;

/// <summary>The checks of a system, over one probe.</summary>
internal interface IDiagnosis
{
    /// <summary>What the checks see.</summary>
    IHostProbe Probe { get; }

    /// <summary>Runs the checks of the host, each as its finding is asked for.</summary>
    IEnumerable<(string Check, Finding Finding)> Host();

    /// <summary>Runs the checks of a tunnel, each as its finding is asked for.</summary>
    IEnumerable<(string Check, Finding Finding)> Tunnel(Patient tunnel);
}
