using PfsVpn.Cli.Control;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Reload;

/// <summary>What a reload goes by.</summary>
/// <param name="Host">Where the tunnel is up.</param>
/// <param name="Wanted">The file of today.</param>
/// <param name="Applied">What is in force; null where that is not known, as of a tunnel that wg-quick took up.</param>
/// <param name="Running">What the daemon says.</param>
/// <remarks>Ownership: of whoever made it.</remarks>
internal sealed record ReloadFiles(TunnelHost Host, TunnelFile Wanted, TunnelFile? Applied, RunningDevice Running);
