using PfsVpn.Cli.Doctor;

namespace PfsVpn.Cli.Windows.Doctor.Checks;

/// <summary>The libraries beside the programs: that they are there, and the ones that they should be.</summary>
internal sealed class LibrariesCheck : IHostCheck<IWindowsProbe>
{
    /// <inheritdoc/>
    public string Name => "libraries";

    /// <inheritdoc/>
    public IEnumerable<Finding> Examine(IWindowsProbe probe)
    {
        var all = probe.Libraries();
        foreach (var (name, error) in all)
            if (error is not null) yield return Finding.Problem(error.TrimEnd('.'), $"put the right {name} into the folder of the programs; no tunnel comes up without it");
        if (all.Any(static library => library.Error is null))
            yield return Finding.Ok($"{string.Join(" and ", all.Where(static library => library.Error is null).Select(static library => library.Name))}: there, and checked");
    }
}
