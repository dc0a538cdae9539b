using Microsoft.Extensions.Logging;
using PfsVpn.Crypto;
using PfsVpn.Tun;
using PfsVpn.Udp;

namespace PfsVpn.Runtime;

/// <summary>What a <see cref="DeviceRuntime"/> is made of. It owns and disposes the TUN, the monitor and the arena.</summary>
internal sealed class DeviceRuntimeOptions
{
    /// <summary>The tunnel adapter.</summary>
    public required ITunDevice Tun { get; init; }

    /// <summary>Opens the UDP sockets when the interface goes up.</summary>
    public required IUdpSocketFactory Sockets { get; init; }

    /// <summary>Where all secrets live.</summary>
    public required SecretArena Arena { get; init; }

    /// <summary>The log.</summary>
    public required ILogger Logger { get; init; }

    /// <summary>How many threads may work on the packets of one direction: beyond the pumps, one less of these helps with backlogs of a single peer.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>The protections of this process, read anew when the status is asked for; null where nobody looked.</summary>
    public Func<IReadOnlyList<Protection>>? Protections { get; init; }

    /// <summary>Who is told, by the control loop, that it lives; null for nobody. The caller's to dispose, after the runtime.</summary>
    public SystemdNotifier? Notifier { get; init; }

    /// <summary>Whether the device's counters are instruments of System.Diagnostics.Metrics, in a meter called PfsVpn: for applications that collect them.</summary>
    public bool PublishesMetrics { get; init; } = true;

    /// <summary>Where ephemeral keys, indices and delays come from: the system's, but in experiments that must know the keys of their own device.</summary>
    public IRandomSource Random { get; init; } = SystemRandom.Instance;

    /// <summary>Tells when the interface goes up, down or away; null where it is always up.</summary>
    public ILinkMonitor? Links { get; init; }
}
