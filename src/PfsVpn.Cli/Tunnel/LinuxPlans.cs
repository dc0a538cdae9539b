using System.Net;
using System.Net.Sockets;
using PfsVpn.Cli.Attend;
using PfsVpn.Cli.Control;
using PfsVpn.Cli.Guard;
using PfsVpn.Cli.Reload;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Tunnel;

/// <summary>Linux: <c>ip</c>, the resolver's programs and <c>nft</c>.</summary>
internal sealed class LinuxPlans : ITunnelPlans
{
    /// <inheritdoc/>
    public bool Exists(TunnelHost host) => TunnelLink.Exists(host);

    /// <inheritdoc/>
    public TunnelPlan Up(TunnelFile file, string realPath, bool inForeground) => UpPlanner.Plan(file, realPath, inForeground);

    /// <inheritdoc/>
    public TunnelPlan Down(TunnelHost host, TunnelFile file, string realPath, RunningDevice running, bool liftsKillSwitch) => DownPlanner.Plan(host, file, realPath, running, liftsKillSwitch);

    /// <inheritdoc/>
    public TunnelPlan Rest(TunnelHost host, TunnelFile file, string realPath)
    {
        var hooks = new TunnelPlan();
        BashHooks.Of(file, realPath).AddDown(hooks);
        var plan = new TunnelPlan();
        plan.Add(TunnelStage.FirewallEnd, "take away what the daemon left behind", TunnelLeftovers.Clear);
        foreach (var step in hooks.Steps.Where(static step => step.Stage == TunnelStage.PostDown)) plan.Add(step);
        return plan;
    }

    /// <inheritdoc/>
    public bool ClearLeftovers(TunnelHost host, TunnelFile? file)
    {
        var isClosed = KillSwitch.IsClosed(host);
        if (!isClosed && !TunnelLeftovers.Exist(host)) return false;
        host.Say($"`{host.Interface}' is not up, but has left something behind.");
        TunnelLeftovers.Clear(host);
        if (!isClosed) return true;
        var plan = new TunnelPlan();
        KillSwitch.AddEndTo(plan, host, file);
        foreach (var step in plan.Steps) step.Do(host);
        return true;
    }

    /// <inheritdoc/>
    public void AddReload(TunnelPlan plan, ReloadFiles files) => new LinuxReload(files).AddTo(plan);

    /// <summary>The C library says whether name servers have answered.</summary>
    public bool CanLookUp(CliContext context, string name) => true;

    /// <summary>Those that were in use when the tunnel was taken up.</summary>
    public IReadOnlyList<string> NameServersBeside(CliContext context, string name) =>
        (new TunnelState(context, name).Read(PastTunnelResolver.StateItem) ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The mark of the daemon's packets.</summary>
    public Action<Socket, IPAddress>? PastTunnel(CliContext context, string name)
    {
        const int SOL_SOCKET = 1, SO_MARK = 36;
        if (PastTunnelResolver.MarkOf(context, name) is not { } mark) return null;
        return (socket, _) => socket.SetRawSocketOption(SOL_SOCKET, SO_MARK, BitConverter.GetBytes(mark));
    }

    /// <inheritdoc/>
    public IMtuFollower FollowMtu(CliContext context, string name, Action wake, Action<string> log) => new PathMtuFollower(context, name, new PathProber(static question => question.Measure(), wake), log);

    /// <inheritdoc/>
    public IReadOnlyList<string> Addresses(TunnelHost host, TunnelFile file)
    {
        var found = new List<string>();
        foreach (var line in host.Query("ip", "-o", "address", "show", "dev", host.Interface).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 4 || words[2] is not ("inet" or "inet6")) continue;
            // "10.0.0.1 peer 10.0.0.2/32" has no prefix length of its own.
            var address = words[3];
            if (IsOfKernel(line, address, file)) continue;
            found.Add(address);
        }
        return found;
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> NameServers(TunnelHost host) => TunnelDns.Servers(host);

    /// <inheritdoc/>
    public string? Mtu(TunnelHost host)
    {
        var words = host.Query("ip", "link", "show", "dev", host.Interface).Output.Split(' ');
        var place = Array.IndexOf(words, "mtu");
        return place >= 0 && place + 1 < words.Length ? words[place + 1] : null;
    }

    private static bool IsOfKernel(string line, string address, TunnelFile file) =>
        address.StartsWith("fe80:", StringComparison.OrdinalIgnoreCase) && line.Contains(" scope link ", StringComparison.Ordinal)
        && !file.Addresses.Exists(given => given.Split('/')[0].Equals(address.Split('/')[0], StringComparison.OrdinalIgnoreCase));
}
