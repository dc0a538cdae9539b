using Microsoft.Extensions.Logging;
using PfsVpn.Crypto;
using PfsVpn.Daemon.Hardening;
using PfsVpn.Daemon.Logging;
using PfsVpn.Daemon.Watch;
using PfsVpn.Runtime;
using PfsVpn.Tun;
using PfsVpn.Udp;

namespace PfsVpn.Daemon;

/// <summary>The device with its control socket, started in an order in which each failure leaves nothing behind.</summary>
/// <remarks>
/// The order: memory for secrets; the TUN, which makes the interface; the link monitor, whose netlink socket stays in this namespace
/// wherever the interface is moved next; the device; the control socket; the threads. When <see cref="Start"/> returns, all of them answer.
/// </remarks>
internal sealed class RunningDevice : IDisposable
{
    private readonly DeviceRuntime _runtime;
    private readonly UapiServer _server;
    private readonly ProcessProtections _protections;
    private readonly DaemonLogger _logger;
    private int _disposed;

    private RunningDevice(DeviceRuntime runtime, UapiServer server, ProcessProtections protections, DaemonLogger logger, string socketPath)
    {
        _runtime = runtime;
        _server = server;
        _protections = protections;
        _logger = logger;
        SocketPath = socketPath;
    }

    /// <summary>The control socket's file.</summary>
    public string SocketPath { get; }

    /// <summary>Completes when the device has ended.</summary>
    public Task<DeviceEnd> Completion => _runtime.Completion;

    /// <summary>Completes when somebody has deleted the control socket.</summary>
    public Task SocketDeleted => _server.Removed;

    /// <summary>Starts everything. The device's control loop feeds the watchdog of <paramref name="notifier"/>.</summary>
    public static RunningDevice Start(DaemonSettings settings, CrashGuard guard, SystemdNotifier? notifier, DaemonLogger logger)
    {
        var arena = SecretArena.Create();
        guard.Guard(arena);
        DaemonLog.SecretMemory(logger, arena.Description);
        var protections = new ProcessProtections(arena);
        var runtime = CreateRuntime(settings, arena, protections, notifier, logger);
        UapiServer? server = null;
        try
        {
            var name = logger.InterfaceName;
            server = settings.UapiDescriptor is { } descriptor
                ? ControlSocketServer.FromDescriptor(descriptor, runtime, arena, logger)
                : ControlSocketServer.Listen(name, runtime, arena, logger);
            var socketPath = server.Place ?? "a control socket without a file";
            if (server.Place is not null) guard.Guard(socketPath);
            runtime.Start();
            RequireAnswer(runtime);
            WriteName(settings.TunNameFile, name);
            return new RunningDevice(runtime, server, protections, logger, socketPath);
        }
        catch
        {
            server?.Dispose();
            runtime.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Begins to watch for what the machine does to the keys, and says which protections hold. What that takes is not done before the daemon is ready: it is to be
    /// called then, once.
    /// </summary>
    public void WatchHost()
    {
        var watch = new HostWatch(_runtime, _logger, Environment.GetEnvironmentVariable);
        _protections.Watch = watch;
        if (_logger.IsEnabled(LogLevel.Warning))
            _ = watch.FirstLook.ContinueWith(_ => DaemonLog.Protections(_logger, _protections.Read()), TaskScheduler.Default);
    }

    /// <summary>Asks it to end.</summary>
    public void Stop(DeviceEnd reason) => _runtime.Stop(reason);

    /// <summary>The socket first, so that nobody asks a device that is ending; then the device, which takes the interface with it.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _server.Dispose();
        _runtime.Dispose();
        _protections.Watch?.Dispose();
    }

    private static DeviceRuntime CreateRuntime(
        DaemonSettings settings, SecretArena arena, ProcessProtections protections, SystemdNotifier? notifier, DaemonLogger logger)
    {
        LinuxTunDevice? tun = null;
        LinuxLinkMonitor? links = null;
        var path = settings.DataPath;
        try
        {
            tun = settings.TunDescriptor is { } descriptor
                ? LinuxTunDevice.FromDescriptor(descriptor, path.Tun, settings.TunMtu ?? LinuxTunDevice.DefaultMtu)
                : LinuxTunDevice.Create(settings.InterfaceName, LinuxTunDevice.DefaultMtu, path.Tun, path.Threads);
            logger.InterfaceName = tun.Name;
            links = new LinuxLinkMonitor(tun);
            return new DeviceRuntime(new DeviceRuntimeOptions
            {
                Tun = tun,
                Sockets = new LinuxUdpSocketFactory(path.Udp with { ReceiversPerFamily = path.Threads }),
                Threads = path.Threads,
                Arena = arena,
                Logger = logger,
                Links = links,
                Protections = protections.ReadLately,
                Notifier = notifier,
                // Nobody listens inside this process.
                PublishesMetrics = false,
            });
        }
        catch
        {
            links?.Dispose();
            tun?.Dispose();
            arena.Dispose();
            throw;
        }
    }

    /// <summary>The control loop answers: what waits on the control socket from now on is served.</summary>
    private static void RequireAnswer(DeviceRuntime runtime)
    {
        var answer = runtime.ReadStateAsync(static _ => { });
        if (Task.WaitAny(answer, runtime.Completion) != 0 || !answer.IsCompletedSuccessfully)
            throw new StartException("the device ended before it was ready; LOG_LEVEL=verbose pfsvpnd --foreground shows why.");
    }

    private static void WriteName(string? file, string name)
    {
        if (file is null) return;
        try
        {
            File.WriteAllText(file, name + "\n");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"WG_TUN_NAME_FILE={file} cannot be written: {exception.Message}");
        }
    }
}
