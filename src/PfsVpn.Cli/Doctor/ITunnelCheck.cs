namespace PfsVpn.Cli.Doctor;

/// <summary>A check of one tunnel.</summary>
internal interface ITunnelCheck
{
    /// <summary>Its name, a word for people and for scripts.</summary>
    string Name { get; }

    /// <summary>What it finds; nothing where it does not concern this tunnel.</summary>
    IEnumerable<Finding> Examine(IHostProbe probe, Patient tunnel);
}
