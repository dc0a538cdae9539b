using PfsVpn.Cli.Tunnel;
using PfsVpn.Cli.Windows.Network.Filters;

namespace PfsVpn.Cli.Windows.Network;

/// <summary>What taking a tunnel up and down on Windows is made with.</summary>
internal sealed record WindowsParts
{
    /// <summary>Addresses, routes, name servers.</summary>
    public required INetworkSystem Network { get; init; }

    /// <summary>The filtering platform.</summary>
    public required IFilterEngine Filters { get; init; }

    /// <summary>Starts the daemon, which makes the adapter, and returns when its control pipe answers.</summary>
    public required Action<TunnelHost> StartDaemon { get; init; }

    /// <summary>Ends the daemon where it runs, and returns when it is gone. Never fails because it is not there.</summary>
    public required Action<TunnelHost> EndDaemon { get; init; }

    /// <summary>The daemon's file, its whole path.</summary>
    public required string DaemonPath { get; init; }

    /// <summary>The file of this program, its whole path: it looks up names of endpoints.</summary>
    public required string ProgramPath { get; init; }

    /// <summary>How long Windows may take to bind IPv4 and IPv6 to a new adapter, and to take away one whose daemon has ended.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Whether commands of files may run.</summary>
    public Func<bool> ScriptsAreAllowed { get; init; } = ScriptPermission.IsGiven;

    /// <summary>Runs them.</summary>
    public ScriptRunner Scripts { get; init; } = ScriptProcess.Run;
}
