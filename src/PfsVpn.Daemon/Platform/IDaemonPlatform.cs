using Microsoft.Extensions.Logging;
using PfsVpn.Crypto;
using PfsVpn.Daemon.Logging;
using PfsVpn.Runtime;
using PfsVpn.Tun;
using PfsVpn.Udp;

namespace PfsVpn.Daemon.Platform;

/// <summary>What a daemon is made of on one system. Chosen once, by the start of the program.</summary>
/// <remarks>Errors: what cannot be had is a <see cref="StartException"/>, or the exception of the part.</remarks>
internal interface IDaemonPlatform
{
    /// <summary>The first thing that the daemon does: keeps others out of the process.</summary>
    void Protect();

    /// <summary>Keeps no file system busy.</summary>
    void LeaveDirectory();

    /// <summary>The format that is meant where none was given.</summary>
    LogFormat Resolve(LogFormat wanted);

    /// <summary>Listens for those who ask the process to end.</summary>
    IEndRequests ListenForEnd(bool foreground, ILogger logger);

    /// <summary>Makes the interface, or takes it over.</summary>
    ITunDevice CreateTun(DaemonSettings settings, ILogger logger);

    /// <summary>Watches the interface of a device that <see cref="CreateTun"/> made.</summary>
    ILinkMonitor CreateLinks(ITunDevice tun);

    /// <summary>Opens sockets for a device that <see cref="CreateTun"/> made.</summary>
    IUdpSocketFactory CreateSockets(DaemonSettings settings, ITunDevice tun);

    /// <summary>Answers <c>wg</c> and <c>pfsvpn</c> under the name of the interface. What would be left of it by a crash is guarded.</summary>
    UapiServer Serve(DaemonSettings settings, string name, DeviceRuntime runtime, SecretArena arena, CrashGuard guard, ILogger logger);

    /// <summary>Gives up what only the start needed. Called when all threads run.</summary>
    void Settle();

    /// <summary>Begins to watch the machine.</summary>
    IHostWatch WatchHost(DeviceRuntime runtime, ILogger logger);

    /// <summary>Which protections hold, read from the system as it is. <paramref name="watch"/> is null where nothing watches yet.</summary>
    IEnumerable<Protection> LookAtProtections(SecretArena arena, IHostWatch? watch);
}
