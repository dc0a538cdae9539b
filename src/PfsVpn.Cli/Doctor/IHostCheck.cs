namespace PfsVpn.Cli.Doctor;

/// <summary>A check of the host. It looks only through the probe, so it can be tested with a host that is made up.</summary>
/// <typeparam name="TProbe">What it sees: that of every system, or of one.</typeparam>
internal interface IHostCheck<in TProbe>
    where TProbe : IHostProbe
{
    /// <summary>Its name, a word for people and for scripts.</summary>
    string Name { get; }

    /// <summary>What it finds; at least one thing.</summary>
    IEnumerable<Finding> Examine(TProbe probe);
}
