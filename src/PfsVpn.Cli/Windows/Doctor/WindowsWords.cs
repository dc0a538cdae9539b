using PfsVpn.Cli.Doctor;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Windows.Doctor;

/// <summary>Words of Windows: what is typed is for PowerShell.</summary>
internal sealed class WindowsWords : IHostWords
{
    private WindowsWords()
    {
    }

    /// <summary>The one instance.</summary>
    public static WindowsWords Instance { get; } = new();

    /// <inheritdoc/>
    public string SetClock => "w32tm /resync, or Set-Date";

    /// <inheritdoc/>
    public string DaemonIsMissing => "not beside this program";

    /// <inheritdoc/>
    public string ProvideDaemon => "unpack pfsvpnd.exe beside pfsvpn.exe, of the same version";

    /// <inheritdoc/>
    public string ShowRoutes => "Get-NetRoute";

    /// <inheritdoc/>
    public string ShowFirewall => "Get-NetFirewallRule, netsh wfp show filters";

    /// <inheritdoc/>
    public string NameServers => "Get-DnsClientServerAddress";

    /// <inheritdoc/>
    public string OtherWriters => "another program may have changed those of the adapter since";

    /// <inheritdoc/>
    public string CloseFile(string path) => $"icacls \"{path}\" /inheritance:r /grant:r *S-1-5-18:F *S-1-5-32-544:F";

    /// <inheritdoc/>
    public string BringUp(string device) => $"Enable-NetAdapter {device}";

    /// <inheritdoc/>
    public string AddAddress(string device) => $"New-NetIPAddress -InterfaceAlias {device} -IPAddress ADDRESS -PrefixLength LENGTH";

    /// <inheritdoc/>
    public string Remove(Patient tunnel) => $"take it down with the program that made it, or: pfsvpn down {tunnel.Handle}";

    /// <inheritdoc/>
    public string SetMtu(string device, int mtu) => $"Set-NetIPInterface -InterfaceAlias {device} -NlMtuBytes {mtu}";

    /// <inheritdoc/>
    public string AddRoute(IpPrefix prefix, string device) => $"New-NetRoute -DestinationPrefix {prefix} -InterfaceAlias {device}";

    /// <inheritdoc/>
    public string AddRouteBeside(IpAddress address) => $"New-NetRoute -DestinationPrefix {address}/{address.BitLength} -InterfaceAlias ADAPTER -NextHop GATEWAY";

    /// <inheritdoc/>
    public (string What, string Remedy) Elsewhere(Patient tunnel) => ($"Windows has no adapter of {tunnel.Name}", $"pfsvpn down {tunnel.Handle}; pfsvpn up {tunnel.Handle}");
}
