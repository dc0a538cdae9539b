using Microsoft.Extensions.Logging;
using PfsVpn.Crypto;
using PfsVpn.Daemon.Logging;
using PfsVpn.Daemon.Platform;
using PfsVpn.Interop.Windows;
using PfsVpn.Runtime;
using PfsVpn.Tun;
using PfsVpn.Udp;

namespace PfsVpn.Daemon.Windows;

/// <summary>Windows: a Wintun adapter, UDP sockets of Winsock, a named pipe, the process's own policies.</summary>
internal sealed class WindowsPlatform : IDaemonPlatform
{
    private readonly WindowsHost _host = new();

    /// <summary>No reports of crashes, and all that the process can forbid itself.</summary>
    public void Protect()
    {
        _ = Kernel32.SetErrorMode(Kernel32.GetErrorMode() | Kernel32.SEM_FAILCRITICALERRORS | Kernel32.SEM_NOGPFAULTERRORBOX);
        _ = Kernel32.WerSetFlags(Kernel32.WER_FAULT_REPORTING_FLAG_NOHEAP);
        ProcessMitigations.Apply();
    }

    /// <inheritdoc/>
    public void LeaveDirectory() => Directory.SetCurrentDirectory(Environment.SystemDirectory);

    /// <inheritdoc/>
    public LogFormat Resolve(LogFormat wanted) => wanted == LogFormat.Json ? LogFormat.Json : LogFormat.Text;

    /// <inheritdoc/>
    public IEndRequests ListenForEnd(bool foreground, ILogger logger) => new ConsoleRequests();

    /// <inheritdoc/>
    public ITunDevice CreateTun(DaemonSettings settings, ILogger logger) => WintunDevice.Create(settings.InterfaceName, WintunDevice.DefaultMtu, logger);

    /// <inheritdoc/>
    public ILinkMonitor CreateLinks(ITunDevice tun) => new WindowsLinkMonitor((WintunDevice)tun);

    /// <inheritdoc/>
    public IUdpSocketFactory CreateSockets(DaemonSettings settings, ITunDevice tun) => new WindowsUdpSocketFactory(new WindowsUdpSocketOptions
    {
        TunnelLuid = ((WintunDevice)tun).Settings.Luid.Value,
        Gso = settings.DataPath.Udp.Gso,
        Gro = settings.DataPath.Udp.Gro,
    });

    /// <inheritdoc/>
    public UapiServer Serve(DaemonSettings settings, string name, DeviceRuntime runtime, SecretArena arena, CrashGuard guard, ILogger logger) => ControlPipeServer.Listen(name, runtime, arena, logger);

    /// <summary>The privileges that made the adapter and the pipe, but those that are needed still: what the process does not hold nobody can make it use.</summary>
    public void Settle() => TokenPrivileges.ReduceTo(WindowsProtections.KeptPrivileges);

    /// <inheritdoc/>
    public IHostWatch WatchHost(DeviceRuntime runtime, ILogger logger) => new WindowsHostWatch(runtime, logger);

    /// <inheritdoc/>
    public IEnumerable<Protection> LookAtProtections(SecretArena arena, IHostWatch? watch) =>
        WindowsProtections.Read(_host, arena.LockedBytes, watch is WindowsHostWatch found ? found.HearsOfSleep : null);
}
