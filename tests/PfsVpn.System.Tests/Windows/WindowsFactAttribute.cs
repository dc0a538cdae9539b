using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Windows;

/// <summary>A test of Windows programs, under Wine, beside what every system test needs.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class WindowsFactAttribute : FactAttribute
{
    public WindowsFactAttribute() => Skip = Requirements.Skip(WindowsPrograms.Missing);
}

/// <summary>The same on a console, which is a terminal of tmux.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class WindowsConsoleFactAttribute : FactAttribute
{
    public WindowsConsoleFactAttribute() => Skip = Requirements.Skip(WindowsPrograms.Missing ?? Tmux.Missing);
}

/// <summary>The same with rows of data.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class WindowsTheoryAttribute : TheoryAttribute
{
    public WindowsTheoryAttribute() => Skip = Requirements.Skip(WindowsPrograms.Missing);
}
