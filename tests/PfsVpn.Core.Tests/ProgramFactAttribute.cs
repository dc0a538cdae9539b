using PfsVpn.Tests.Packaging;

namespace PfsVpn.Tests;

/// <summary>A test that needs a program; skipped where it is not installed, under CI never.</summary>
internal sealed class ProgramFactAttribute : FactAttribute
{
    public ProgramFactAttribute(string program) => Skip = Missing(program);

    /// <summary>Why tests with a program are skipped here, or null. Under CI none is: they run, and fail.</summary>
    public static string? Missing(string program) => Shell.Has(program) || Environment.GetEnvironmentVariable("CI") is { Length: > 0 } ? null : $"{program} is not installed";
}

/// <summary>A theory that needs a program.</summary>
internal sealed class ProgramTheoryAttribute : TheoryAttribute
{
    public ProgramTheoryAttribute(string program) => Skip = ProgramFactAttribute.Missing(program);
}
