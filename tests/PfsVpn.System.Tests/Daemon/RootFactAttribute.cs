namespace PfsVpn.SystemTests.Daemon;

/// <summary>A test that needs root and /dev/net/tun. Without them it is skipped with the reason; on a build server, where CI is set, it runs and fails instead.</summary>
public sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute() => Skip = RootRequirement.ReasonToSkip;
}

/// <summary>The same for a test with several cases.</summary>
public sealed class RootTheoryAttribute : TheoryAttribute
{
    public RootTheoryAttribute() => Skip = RootRequirement.ReasonToSkip;
}
