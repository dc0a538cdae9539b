using System.Globalization;
using System.Text;
using PfsVpn.Cli.Attend;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Configuration;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Guard;

/// <summary>
/// The kill switch: a table of the kernel's packet filter that lets nothing leave the host beside the tunnel but what the tunnel itself needs. It belongs to no process, so it stays in
/// force when the daemon dies; it stands before the interface does.
/// </summary>
/// <remarks>References: nft(8). What it accepts other tables may still drop; what it refuses nothing lets through again.</remarks>
internal static class KillSwitch
{
    /// <summary>The item of the state that has the mark of the daemon's packets.</summary>
    public const string MarkItem = "mark";

    private const string Nft = "nft";

    /// <summary>Adds the step of up.</summary>
    public static void AddTo(TunnelPlan plan, TunnelFile file)
    {
        if (file.KillSwitch == KillSwitchMode.Off) return;
        var wasClosed = false;
        plan.Add(TunnelStage.Guard, "close the kill switch", host =>
        {
            wasClosed = IsClosed(host);
            // Names are looked up while that is still possible.
            if (!wasClosed) FirstLookup.Run(host, file);
            Close(host, file);
        },
        host =>
        {
            if (!wasClosed) Lift(host);
        });
    }

    /// <summary>Adds the step of down.</summary>
    /// <param name="plan">The plan of down.</param>
    /// <param name="host">Where the tunnel is up.</param>
    /// <param name="file">The tunnel's file, by which it may stay; null where it is to be lifted whatever that says.</param>
    public static void AddEndTo(TunnelPlan plan, TunnelHost host, TunnelFile? file)
    {
        if (!IsClosed(host)) return;
        if (file is not { KillSwitch: KillSwitchMode.Always }) plan.Add(TunnelStage.GuardEnd, "lift the kill switch", Lift);
        else plan.Add(TunnelStage.GuardEnd, "keep the kill switch", inner => inner.Say($"The kill switch stays closed: nothing leaves this machine. To lift it: pfsvpn down {file.Path} --lift"));
    }

    /// <summary>Whether it is there.</summary>
    public static bool IsClosed(TunnelHost host) => host.Context.Commands.Find(Nft) is not null && host.Query(Nft, "list", "table", "inet", TableOf(host.Interface)).Succeeded;

    /// <summary>Makes the table, or replaces it in one step, so that there is no moment without it.</summary>
    /// <exception cref="CliException">It cannot be made.</exception>
    public static void Close(TunnelHost host, TunnelFile file)
    {
        if (host.Context.Commands.Find(Nft) is null) throw new CliException("KillSwitch needs nft: install the package nftables");
        var mark = MarkFor(host, file);
        if (!host.DryRun) new TunnelState(host.Context, host.Interface).Write(MarkItem, mark.ToString(CultureInfo.InvariantCulture));
        host.Run(new CommandRequest(Nft, ["-f", "-"]) { Input = Text(host.Interface, mark, file.KillSwitchAllow) });
    }

    /// <summary>Takes it away where it is there.</summary>
    public static void Lift(TunnelHost host)
    {
        if (IsClosed(host)) host.Run(Nft, "delete", "table", "inet", TableOf(host.Interface));
        if (!host.DryRun) new TunnelState(host.Context, host.Interface).Remove(MarkItem);
    }

    private static string TableOf(string name) => $"pfsvpn-kill-{name}";

    private static string Text(string name, uint mark, IReadOnlyList<IpPrefix> allowed)
    {
        var table = TableOf(name);
        var allow = new StringBuilder();
        foreach (var prefix in allowed) allow.Append($"\t\t{(prefix.Address.IsV4 ? "ip" : "ip6")} daddr {NativeResolver.Format(prefix.Address)}/{prefix.Length} accept\n");
        // It is made first so that it can be deleted whether it was there or not: all of it is one transaction.
        return $$"""
            table inet {{table}} {}
            delete table inet {{table}}
            table inet {{table}} {
            	chain output {
            		type filter hook output priority -10; policy drop;
            		oifname "lo" accept
            		oifname "{{name}}" accept
            		meta mark {{mark}} meta l4proto udp accept
            		udp sport 68 udp dport 67 accept
            		udp sport 546 udp dport 547 accept
            		icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } accept
            {{allow}}		counter reject with icmpx type admin-prohibited
            	}
            	chain forward {
            		type filter hook forward priority -10; policy drop;
            		oifname "{{name}}" accept
            		iifname "{{name}}" accept
            {{allow}}		counter reject with icmpx type admin-prohibited
            	}
            }

            """;
    }

    /// <summary>The mark of the daemon's packets: the file's, else the one that default routes would choose. The daemon has it before its first packet.</summary>
    private static uint MarkFor(TunnelHost host, TunnelFile file)
    {
        if (file.WgConfig.Change.FirewallMark is { } given and not 0) return given;
        var mark = DefaultRoutes.FindTable(host);
        file.WgConfig.Change.FirewallMark = mark;
        return mark;
    }
}
