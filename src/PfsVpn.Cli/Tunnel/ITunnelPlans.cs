using System.Net;
using System.Net.Sockets;
using PfsVpn.Cli.Attend;
using PfsVpn.Cli.Control;
using PfsVpn.Cli.Reload;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Tunnel;

/// <summary>How a tunnel is taken up, kept and taken down on one system, and what the system says of its interface. Chosen once, with the context of the run.</summary>
/// <remarks>Threading: one thread.</remarks>
internal interface ITunnelPlans
{
    /// <summary>Whether an interface of this name exists, of whatever kind.</summary>
    bool Exists(TunnelHost host);

    /// <summary>The steps of up for a file, which must live as long as the plan.</summary>
    /// <exception cref="CliException">The file wants something that this system has not.</exception>
    TunnelPlan Up(TunnelFile file, string realPath, bool inForeground);

    /// <summary>The steps of down for a tunnel that is up.</summary>
    TunnelPlan Down(TunnelHost host, TunnelFile file, string realPath, RunningDevice running, bool liftsKillSwitch);

    /// <summary>The steps for what is left of a tunnel whose daemon has ended by itself. A kill switch stays.</summary>
    TunnelPlan Rest(TunnelHost host, TunnelFile file, string realPath);

    /// <summary>Takes away what was left by a tunnel whose interface is gone, a kill switch as the file says; without a file that, too. False where there was nothing.</summary>
    bool ClearLeftovers(TunnelHost host, TunnelFile? file);

    /// <summary>Adds the steps of reload that concern the system: what differs between what is in force and the file of today. What the daemon is told is added behind them.</summary>
    /// <exception cref="CliException">The file wants something that this system has not.</exception>
    void AddReload(TunnelPlan plan, ReloadFiles files);

    /// <summary>Whether the system's resolver reaches its name servers. Where it does not, it may say of any name that there is none.</summary>
    bool CanLookUp(CliContext context, string name);

    /// <summary>The name servers to ask beside the tunnel.</summary>
    IReadOnlyList<string> NameServersBeside(CliContext context, string name);

    /// <summary>What makes the packets of a socket leave beside the tunnel, given the server that it will talk to; null where nothing stands in their way.</summary>
    Action<Socket, IPAddress>? PastTunnel(CliContext context, string name);

    /// <summary>Keeps the MTU of a tunnel that is up at what the paths to its endpoints allow.</summary>
    /// <param name="context">The run.</param>
    /// <param name="name">The interface.</param>
    /// <param name="wake">Called, from any thread, when there is something to look at.</param>
    /// <param name="log">Takes lines.</param>
    /// <remarks>Ownership: the caller disposes it.</remarks>
    IMtuFollower FollowMtu(CliContext context, string name, Action wake, Action<string> log);

    /// <summary>The addresses of the interface with their lengths, without those that the system chose itself.</summary>
    IReadOnlyList<string> Addresses(TunnelHost host, TunnelFile file);

    /// <summary>The name servers that the tunnel brought.</summary>
    IReadOnlyList<string> NameServers(TunnelHost host);

    /// <summary>The MTU of the interface, or null where it cannot be told.</summary>
    string? Mtu(TunnelHost host);
}
