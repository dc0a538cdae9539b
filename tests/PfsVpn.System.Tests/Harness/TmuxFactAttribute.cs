namespace PfsVpn.SystemTests.Harness;

/// <summary>A test that needs a terminal, which tmux gives it, beside what every system test needs.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TmuxFactAttribute : FactAttribute
{
    public TmuxFactAttribute() => Skip = Requirements.Skip(Tmux.Missing);
}
