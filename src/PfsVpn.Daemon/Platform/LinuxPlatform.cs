using Microsoft.Extensions.Logging;
using PfsVpn.Crypto;
using PfsVpn.Daemon.Hardening;
using PfsVpn.Daemon.Interop;
using PfsVpn.Daemon.Logging;
using PfsVpn.Daemon.Watch;
using PfsVpn.Runtime;
using PfsVpn.Tun;
using PfsVpn.Udp;

namespace PfsVpn.Daemon.Platform;

/// <summary>Linux: a TUN device, UDP sockets with offloads, a unix socket, /proc and /sys.</summary>
internal sealed unsafe class LinuxPlatform : IDaemonPlatform
{
    private readonly SystemFiles _files = new();

    /// <summary>Makes this process unreadable for other processes of the same user, and gives up its core dump.</summary>
    public void Protect() => _ = Libc.prctl(Libc.PR_SET_DUMPABLE, 0, 0, 0, 0);

    /// <summary>Not in the first stage: its arguments may name the program relative to the folder it was started in.</summary>
    public void LeaveDirectory()
    {
        fixed (byte* root = "/\0"u8) _ = Libc.chdir(root);
    }

    /// <inheritdoc/>
    public LogFormat Resolve(LogFormat wanted) => wanted != LogFormat.Auto ? wanted
        : JournalStream.Is(StandardStreams.Output, Environment.GetEnvironmentVariable("JOURNAL_STREAM")) ? LogFormat.Journal : LogFormat.Text;

    /// <inheritdoc/>
    public IEndRequests ListenForEnd(bool foreground, ILogger logger) => new Signals(foreground, logger);

    /// <inheritdoc/>
    public ITunDevice CreateTun(DaemonSettings settings, ILogger logger) => settings.TunDescriptor is { } descriptor
        ? LinuxTunDevice.FromDescriptor(descriptor, settings.DataPath.Tun, settings.TunMtu ?? LinuxTunDevice.DefaultMtu)
        : LinuxTunDevice.Create(settings.InterfaceName, LinuxTunDevice.DefaultMtu, settings.DataPath.Tun, settings.DataPath.Threads);

    /// <inheritdoc/>
    public ILinkMonitor CreateLinks(ITunDevice tun) => new LinuxLinkMonitor((LinuxTunDevice)tun);

    /// <inheritdoc/>
    public IUdpSocketFactory CreateSockets(DaemonSettings settings, ITunDevice tun) => new LinuxUdpSocketFactory(settings.DataPath.Udp with { ReceiversPerFamily = settings.DataPath.Threads });

    /// <inheritdoc/>
    public UapiServer Serve(DaemonSettings settings, string name, DeviceRuntime runtime, SecretArena arena, CrashGuard guard, ILogger logger)
    {
        var server = settings.UapiDescriptor is { } descriptor
            ? ControlSocketServer.FromDescriptor(descriptor, runtime, arena, logger)
            : ControlSocketServer.Listen(name, runtime, arena, logger);
        if (server.Place is { } path) guard.Guard(path);
        return server;
    }

    /// <summary>The first stage gave up what there was.</summary>
    public void Settle()
    {
    }

    /// <inheritdoc/>
    public IHostWatch WatchHost(DeviceRuntime runtime, ILogger logger) => new HostWatch(runtime, logger, Environment.GetEnvironmentVariable);

    /// <inheritdoc/>
    public IEnumerable<Protection> LookAtProtections(SecretArena arena, IHostWatch? watch) => Look(_files, arena, (HostWatch?)watch);

    /// <summary>Looks at every thread of this process, at the process, and at the host: a few dozen small files.</summary>
    internal static IEnumerable<Protection> Look(SystemFiles files, SecretArena arena, HostWatch? watch) =>
        [.. MemoryProtections.Read(files, arena), .. DumpProtections.Read(files), .. ThreadProtections.Read(files), .. HostProtections.Read(files, watch)];
}
