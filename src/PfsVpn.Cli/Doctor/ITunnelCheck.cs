namespace PfsVpn.Cli.Doctor;

/// <summary>A check of one tunnel.</summary>
/// <typeparam name="TProbe">What it sees: that of every system, or of one.</typeparam>
internal interface ITunnelCheck<in TProbe>
    where TProbe : IHostProbe
{
    /// <summary>Its name, a word for people and for scripts.</summary>
    string Name { get; }

    /// <summary>What it finds; nothing where it does not concern this tunnel.</summary>
    IEnumerable<Finding> Examine(TProbe probe, Patient tunnel);
}
