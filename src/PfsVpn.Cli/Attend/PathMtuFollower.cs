using PfsVpn.Cli.Tunnel;
using PfsVpn.Packets;
using PfsVpn.Timers;

namespace PfsVpn.Cli.Attend;

/// <summary>Follows what the kernel knows of the paths to the endpoints, and sets the interface's MTU when that changes: smaller, and larger again.</summary>
/// <remarks>
/// Reads the kernel's routes with their learned path MTU. An MTU that somebody set by hand stays until the path changes. Nothing depends on it: outer packets that are too large are sent in
/// fragments. Threading: one thread.
/// </remarks>
internal sealed class PathMtuFollower(CliContext context, string name)
{
    /// <summary>The smallest MTU of a link with IPv6: the kernel takes IPv6 away from one with less.</summary>
    public const int Smallest = 1280;

    private const int MostEndpoints = 16;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);
    private readonly TunnelHost _host = new(context, name, dryRun: false);
    private MonotonicTime _next;
    private int _known;

    /// <summary>Looks, where it is time to, and sets the MTU where the paths have changed.</summary>
    /// <param name="endpoints">Where packets go now.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="CliException">The MTU cannot be set.</exception>
    public void Look(IEnumerable<EndpointAddress> endpoints, MonotonicTime now)
    {
        if (now < _next) return;
        _next = now + Interval;
        if (TunnelMtu.OfPaths(_host, endpoints.Distinct().Take(MostEndpoints), PastTunnelResolver.MarkOf(context, name)) is not { } found) return;
        var wanted = Math.Max(found, Smallest);
        var former = _known;
        _known = wanted;
        // What up has set is right at first.
        if (former != 0 && wanted != former) _host.Run("ip", "link", "set", "dev", name, "mtu", $"{wanted}");
    }
}
