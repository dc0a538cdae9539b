using System.Globalization;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Guard;

/// <summary>MssClamp: TCP connections that this host forwards through the tunnel get segments that fit, even where nobody hears of the path MTU.</summary>
/// <remarks>References: nft(8), "tcp option maxseg size set rt mtu".</remarks>
internal static class MssClamp
{
    private const string Nft = "nft";

    /// <summary>Adds the step of up.</summary>
    public static void AddTo(TunnelPlan plan, TunnelFile file)
    {
        if (file.MssClamp) plan.Add(TunnelStage.Firewall, "clamp the segments of forwarded connections", host => Set(host, file), Remove);
    }

    /// <summary>Sets what a file says, also nothing.</summary>
    /// <exception cref="CliException">It cannot be set.</exception>
    public static void Set(TunnelHost host, TunnelFile file)
    {
        if (!file.MssClamp)
        {
            Remove(host);
            return;
        }
        if (host.Context.Commands.Find(Nft) is null) throw new CliException("MssClamp needs nft: install the package nftables");
        host.Run(new CommandRequest(Nft, ["-f", "-"]) { Input = Text(host.Interface, file.MssClampSize) });
    }

    /// <summary>Takes the table away where it is there.</summary>
    public static void Remove(TunnelHost host)
    {
        if (host.Context.Commands.Find(Nft) is not null && host.Query(Nft, "list", "table", "inet", TableOf(host.Interface)).Succeeded)
            host.Run(Nft, "delete", "table", "inet", TableOf(host.Interface));
    }

    private static string TableOf(string name) => $"pfsvpn-mss-{name}";

    private static string Text(string name, int? size)
    {
        // The kernel takes the smaller one of the ways forth and back, and never makes segments larger.
        var target = size is { } bytes ? bytes.ToString(CultureInfo.InvariantCulture) : "rt mtu";
        return $$"""
            table inet {{TableOf(name)}} {}
            delete table inet {{TableOf(name)}}
            table inet {{TableOf(name)}} {
            	chain forward {
            		type filter hook forward priority -150; policy accept;
            		oifname "{{name}}" tcp flags & (syn | rst) == syn tcp option maxseg size set {{target}}
            		iifname "{{name}}" tcp flags & (syn | rst) == syn tcp option maxseg size set {{target}}
            	}
            }

            """;
    }
}
