using PfsVpn.Cli.Doctor;
using PfsVpn.Cli.Windows.Network.Filters;

namespace PfsVpn.Cli.Windows.Doctor;

/// <summary>What the checks of Windows see besides.</summary>
internal interface IWindowsProbe : IHostProbe
{
    /// <summary>The libraries of the program's folder, each with what is wrong with it, or null.</summary>
    IReadOnlyList<(string Name, string? Error)> Libraries();

    /// <summary>Locks memory as much as many keys take, and lets it go again: why that fails, or null.</summary>
    string? TryLockMemory();

    /// <summary>Whether a tunnel has filters.</summary>
    /// <exception cref="CliException">They may not be looked at.</exception>
    bool HasFilters(FilterPurpose purpose, string tunnel);

    /// <summary>The service of a tunnel, or null where there is none.</summary>
    /// <exception cref="CliException">Services cannot be asked.</exception>
    ServiceSight? Service(string tunnel);
}
