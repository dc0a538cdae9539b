namespace PfsVpn.SystemTests.Daemon;

/// <summary>Some of these tests hand descriptors to children: no other test may start a child meanwhile, which would inherit them, too.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class DaemonTestCollection
{
    public const string Name = "Daemon";
}
