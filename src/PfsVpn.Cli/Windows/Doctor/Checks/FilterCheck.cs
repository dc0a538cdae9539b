using PfsVpn.Cli.Doctor;
using PfsVpn.Cli.Windows.Network.Filters;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Windows.Doctor.Checks;

/// <summary>The filters of a tunnel: that those are in force which its file wants, and no others.</summary>
internal sealed class FilterCheck : ITunnelCheck<IWindowsProbe>
{
    /// <inheritdoc/>
    public string Name => "filters";

    /// <inheritdoc/>
    public IEnumerable<Finding> Examine(IWindowsProbe probe, Patient tunnel)
    {
        var isClosed = probe.HasFilters(FilterPurpose.KillSwitch, tunnel.Name);
        return !tunnel.Runs ? WithoutTunnel(tunnel, isClosed) : Examine(probe, tunnel, isClosed);
    }

    private static IEnumerable<Finding> WithoutTunnel(Patient tunnel, bool isClosed)
    {
        if (isClosed) yield return Finding.Problem($"the kill switch of {tunnel.Name} is closed: nothing leaves this machine", $"pfsvpn up {tunnel.Handle}; or lift it: pfsvpn down {tunnel.Handle} --lift");
    }

    private static IEnumerable<Finding> Examine(IWindowsProbe probe, Patient tunnel, bool isClosed)
    {
        var isWanted = tunnel.KillSwitch != KillSwitchMode.Off;
        if (isWanted && !isClosed)
            yield return Finding.Problem("the kill switch of the file is not in force: what does not go into the tunnel leaves this machine", $"pfsvpn reload {tunnel.Handle}; it needs the service Base Filtering Engine (BFE)");
        else if (isClosed && !isWanted && tunnel.HasFile) yield return Finding.Warning("a kill switch is in force that the file does not want", $"pfsvpn reload {tunnel.Handle}");
        else if (isClosed) yield return Finding.Ok("the kill switch is in force: nothing leaves this machine but by the tunnel");
        var isOnly = tunnel.NameServers.Count != 0 && tunnel.Table != "off" && tunnel.Peers.Any(static peer => peer.AllowedIps.Any(static prefix => prefix.Length == 0));
        if (isOnly)
        {
            yield return probe.HasFilters(FilterPurpose.NameServers, tunnel.Name) ? Finding.Ok("no name server is asked but through the tunnel")
                : Finding.Problem("nothing keeps the name servers of other adapters from being asked, beside the tunnel", $"pfsvpn reload {tunnel.Handle}; it needs the service Base Filtering Engine (BFE)");
        }
        if (tunnel.IsServer && !probe.HasFilters(FilterPurpose.Daemon, tunnel.Name))
            yield return Finding.Warning("the firewall of Windows may hold back peers that begin from outside", $"pfsvpn down {tunnel.Handle}; pfsvpn up {tunnel.Handle}; or a rule of your own: New-NetFirewallRule -DisplayName PfsVpn -Direction Inbound -Protocol UDP -LocalPort {tunnel.FilePort}");
    }
}
