namespace PfsVpn.SystemTests.Harness;

/// <summary>A test that needs root, namespaces and TUN.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SystemFactAttribute : FactAttribute
{
    public SystemFactAttribute() => Skip = Requirements.Skip();
}

/// <summary>The same with rows of data.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SystemTheoryAttribute : TheoryAttribute
{
    public SystemTheoryAttribute() => Skip = Requirements.Skip();
}
