using PfsVpn.Packets;

namespace PfsVpn.Cli.Doctor;

/// <summary>Words of Linux.</summary>
internal sealed class LinuxWords : IHostWords
{
    private LinuxWords()
    {
    }

    /// <summary>The one instance.</summary>
    public static LinuxWords Instance { get; } = new();

    /// <inheritdoc/>
    public string SetClock => "timedatectl set-ntp true, or date -s";

    /// <inheritdoc/>
    public string DaemonIsMissing => "neither beside this program nor in PATH";

    /// <inheritdoc/>
    public string ProvideDaemon => "install it beside pfsvpn, or add its folder to PATH";

    /// <inheritdoc/>
    public string ShowRoutes => "ip route, ip -6 route";

    /// <inheritdoc/>
    public string ShowFirewall => "nft list ruleset, iptables -S";

    /// <inheritdoc/>
    public string NameServers => "/etc/resolv.conf";

    /// <inheritdoc/>
    public string OtherWriters => $"another program (NetworkManager, dhclient) may have written {NameServers} since";

    /// <inheritdoc/>
    public string CloseFile(string path) => $"chmod 600 {path}";

    /// <inheritdoc/>
    public string BringUp(string device) => $"ip link set {device} up";

    /// <inheritdoc/>
    public string AddAddress(string device) => $"ip address add ADDRESS/LENGTH dev {device}";

    /// <inheritdoc/>
    public string Remove(Patient tunnel) => $"ip link delete {tunnel.Name}";

    /// <inheritdoc/>
    public string SetMtu(string device, int mtu) => $"ip link set {device} mtu {mtu}";

    /// <inheritdoc/>
    public string AddRoute(IpPrefix prefix, string device) => $"ip route add {prefix} dev {device}";

    /// <inheritdoc/>
    public string AddRouteBeside(IpAddress address) => $"ip route add {address} via GATEWAY dev DEVICE";

    /// <inheritdoc/>
    public (string What, string Remedy) Elsewhere(Patient tunnel) =>
        ($"{tunnel.Name} is not in this network namespace", $"look at it from where it is: ip netns exec NAMESPACE pfsvpn doctor {tunnel.Handle}");
}
