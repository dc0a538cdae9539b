using PfsVpn.Timers;

namespace PfsVpn.Cli.Attend;

/// <summary>Follows what is known of the paths to the endpoints, and sets the interface's MTU when that changes.</summary>
internal interface IMtuFollower : IDisposable
{
    /// <summary>Looks, where it is time to, and sets the MTU where the paths have changed.</summary>
    /// <param name="paths">Where packets go now.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="CliException">The MTU cannot be set.</exception>
    void Look(IReadOnlyList<PeerPath> paths, MonotonicTime now);
}
