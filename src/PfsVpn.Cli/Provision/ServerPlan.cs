using PfsVpn.Cli.Output;
using PfsVpn.Crypto;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Provision;

/// <summary>A server that is to be made, without its key.</summary>
/// <param name="Name">The interface.</param>
/// <param name="Networks">Its private networks: one of each family, or of one.</param>
/// <param name="ListenPort">Its UDP port.</param>
/// <param name="NatDevice">The device through which its clients reach the internet, or null.</param>
internal sealed record ServerPlan(string Name, IReadOnlyList<IpPrefix> Networks, ushort ListenPort, string? NatDevice)
{
    /// <summary>Writes the file of the server. Hooks are read by wg-quick and pfsvpn up alike.</summary>
    public void Write(LockedWriter output, SecretKey privateKey)
    {
        output.Write($"# Made by pfsvpn new. Bring it up: pfsvpn up {Name}; add a client: pfsvpn new client {Name} CLIENT\n[Interface]\n");
        output.Write($"Address = {string.Join(", ", Networks.Select(static network => $"{AddressPlan.HostOf(network, 1)}/{network.Length}"))}\n");
        output.Write($"ListenPort = {ListenPort}\nPrivateKey = ").WriteBase64(privateKey).Write("\n");
        if (NatDevice is not null) WriteNat(output, NatDevice);
    }

    private void WriteNat(LockedWriter output, string device)
    {
        output.Write($"# Clients reach the internet through {device}: the host forwards, and packets leave with its own address. The sysctls stay when the tunnel goes.\n");
        if (Networks.Any(static network => network.Address.IsV4)) output.Write("PostUp = sysctl -qw net.ipv4.ip_forward=1\n");
        if (Networks.Any(static network => !network.Address.IsV4))
        {
            // A host that forwards takes no router's advertisement any more, and would lose its own default route, unless it is told to.
            output.Write($"PostUp = sysctl -qw net/ipv6/conf/{device}/accept_ra=2 net/ipv6/conf/all/forwarding=1\n");
        }
        output.Write("PostUp = nft 'table inet pfsvpn-%i { "
            + "chain forward { type filter hook forward priority mangle; oifname \"%i\" tcp flags syn / syn,rst tcp option maxseg size set rt mtu; iifname \"%i\" tcp flags syn / syn,rst tcp option maxseg size set rt mtu; }; "
            + $"chain postrouting {{ type nat hook postrouting priority srcnat; iifname \"%i\" oifname \"{device}\" masquerade; }}; }}'\n");
        output.Write("PostDown = nft delete table inet pfsvpn-%i\n");
    }
}
