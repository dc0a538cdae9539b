namespace PfsVpn.Cli.Tunnel;

/// <summary>The steps that take a tunnel up, or down.</summary>
/// <remarks>Threading: one thread.</remarks>
internal sealed class TunnelPlan
{
    private readonly List<TunnelStep> _steps = [];

    /// <summary>The steps in the order in which they run: by stage, within a stage as they were added.</summary>
    public IReadOnlyList<TunnelStep> Steps => _steps;

    /// <summary>Adds a step behind all others of its stage.</summary>
    public void Add(TunnelStep step)
    {
        var place = _steps.FindLastIndex(other => other.Stage <= step.Stage) + 1;
        _steps.Insert(place, step);
    }

    /// <summary>Adds a step.</summary>
    public void Add(TunnelStage stage, string name, Action<TunnelHost> execute, Action<TunnelHost>? undo = null) => Add(new TunnelStep(stage, name, execute, undo));
}
