using PfsVpn.Cli.Windows.Service;

namespace PfsVpn.Cli.Windows.Doctor;

/// <summary>The service of a tunnel.</summary>
/// <param name="State">What the service control manager says.</param>
/// <param name="IsAutomatic">Whether it starts with the machine.</param>
/// <param name="Failure">Why it failed the last time, or null.</param>
/// <param name="Log">The file of its log.</param>
internal sealed record ServiceSight(ServiceState State, bool IsAutomatic, string? Failure, string Log);
