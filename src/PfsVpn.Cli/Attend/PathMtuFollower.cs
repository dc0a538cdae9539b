using PfsVpn.Cli.Tunnel;
using PfsVpn.Packets;
using PfsVpn.Timers;

namespace PfsVpn.Cli.Attend;

/// <summary>Follows what is known of the paths to the endpoints, and sets the interface's MTU when that changes: smaller, and larger again.</summary>
/// <remarks>
/// Two sources: the kernel's routes with their learned path MTU, and for IPv6 what <see cref="PathProber"/> has measured, for there a path may be smaller than anybody says. Over IPv4 nothing is
/// measured: outer packets that are too large are fragmented on their way. An MTU that somebody set by hand stays until the path changes. Threading: one thread.
/// </remarks>
internal sealed class PathMtuFollower(CliContext context, string name, PathProber prober, Action<string> log) : IMtuFollower
{
    /// <summary>The smallest MTU of a link with IPv6: the kernel takes IPv6 away from one with less.</summary>
    public const int Smallest = 1280;

    /// <summary>The smallest where there is no IPv6 inside.</summary>
    private const int SmallestWithoutIpv6 = 576;

    private const int MostEndpoints = 16;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);
    private readonly TunnelHost _host = new(context, name, dryRun: false);
    private MonotonicTime _next;
    private int _known;

    /// <inheritdoc/>
    public void Look(IReadOnlyList<PeerPath> paths, MonotonicTime now)
    {
        if (!prober.TakeAnswers(now) && now < _next && !paths.Any(path => prober.IsFirstSeen(path))) return;
        _next = now + Interval;
        var mark = PastTunnelResolver.MarkOf(context, name);
        var largest = 0;
        (EndpointAddress Endpoint, int Size)? narrowest = null;
        foreach (var path in paths.DistinctBy(static path => path.Endpoint).Take(MostEndpoints))
        {
            var size = TunnelMtu.OfPath(_host, path.Endpoint, mark);
            largest = Math.Max(largest, size);
            if (size == 0 || !PathProber.IsConcerned(path)) continue;
            if (prober.IsDue(path.Endpoint.Address, size, now))
                prober.Ask(new PathQuestion(path.Endpoint.Address, path.Inside, size, TunnelMtu.OfDevice(_host, name), mark ?? 0), now);
            if (prober.SizeOf(path.Endpoint.Address) is { } measured && measured < size && !(measured >= narrowest?.Size)) narrowest = (path.Endpoint, measured);
        }
        if (largest != 0) Follow(largest - TunnelMtu.Overhead, narrowest);
    }

    /// <summary>What is being measured ends by itself.</summary>
    public void Dispose()
    {
        // There is nothing to give back.
    }

    private void Follow(int found, (EndpointAddress Endpoint, int Size)? narrowest)
    {
        var former = _known == 0 ? Math.Max(found, Smallest) : _known;
        _known = Math.Max(found, Smallest);
        if (narrowest is { } narrow && narrow.Size - TunnelMtu.Overhead is var inside && inside < _known) _known = Math.Max(inside, inside < Smallest && HasIpv6() ? Smallest : SmallestWithoutIpv6);
        // What up has set is right at first.
        if (_known == former) return;
        _host.Run("ip", "link", "set", "dev", name, "mtu", $"{_known}");
        if (narrowest is not { } cause) return;
        log($"packets of more than {cause.Size} bytes vanish on the way to {NativeResolver.Format(cause.Endpoint)}: the MTU is {_known} now");
        if (_known + TunnelMtu.Overhead > cause.Size)
            log($"IPv6 inside needs an MTU of {Smallest}, and with it packets have up to {Smallest + TunnelMtu.Overhead} bytes: large ones still vanish. An endpoint with an IPv4 address has no such limit");
    }

    private bool HasIpv6() => _host.Query("ip", "-6", "-o", "address", "show", "dev", name, "scope", "global") is { Succeeded: true, Output.Length: > 0 };
}
