using Microsoft.Extensions.Logging;
using PfsVpn.Crypto;
using PfsVpn.Daemon.Hardening;
using PfsVpn.Daemon.Logging;
using PfsVpn.Daemon.Platform;
using PfsVpn.Runtime;
using PfsVpn.Tun;

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
    private readonly IDaemonPlatform _platform;
    private readonly ProcessProtections _protections;
    private readonly DaemonLogger _logger;
    private IHostWatch? _watch;
    private int _disposed;

    private RunningDevice(IDaemonPlatform platform, SecretArena arena, DaemonSettings settings, CrashGuard guard, SystemdNotifier? notifier, DaemonLogger logger)
    {
        (_platform, _logger) = (platform, logger);
        _protections = new ProcessProtections(() => platform.LookAtProtections(arena, Volatile.Read(ref _watch)));
        _runtime = CreateRuntime(settings, arena, notifier);
        UapiServer? server = null;
        try
        {
            _server = server = platform.Serve(settings, logger.InterfaceName, _runtime, arena, guard, logger);
            _runtime.Start();
            RequireAnswer(_runtime);
            platform.Settle();
            WriteName(settings.TunNameFile, logger.InterfaceName);
        }
        catch
        {
            server?.Dispose();
            _runtime.Dispose();
            throw;
        }
    }

    /// <summary>Where the control socket is, for people.</summary>
    public string SocketPath => _server.Place ?? "a control socket without a file";

    /// <summary>Completes when the device has ended.</summary>
    public Task<DeviceEnd> Completion => _runtime.Completion;

    /// <summary>Completes when somebody has deleted the control socket.</summary>
    public Task SocketDeleted => _server.Removed;

    /// <summary>Starts everything. The device's control loop feeds the watchdog of <paramref name="notifier"/>.</summary>
    public static RunningDevice Start(DaemonSettings settings, IDaemonPlatform platform, CrashGuard guard, SystemdNotifier? notifier, DaemonLogger logger)
    {
        var arena = SecretArena.Create();
        guard.Guard(arena);
        DaemonLog.SecretMemory(logger, arena.Description);
        return new RunningDevice(platform, arena, settings, guard, notifier, logger);
    }

    /// <summary>
    /// Begins to watch for what the machine does to the keys, and says which protections hold. What that takes is not done before the daemon is ready: it is to be
    /// called then, once.
    /// </summary>
    public void WatchHost()
    {
        var watch = _platform.WatchHost(_runtime, _logger);
        Volatile.Write(ref _watch, watch);
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
        _watch?.Dispose();
    }

    private DeviceRuntime CreateRuntime(DaemonSettings settings, SecretArena arena, SystemdNotifier? notifier)
    {
        ITunDevice? tun = null;
        ILinkMonitor? links = null;
        try
        {
            tun = _platform.CreateTun(settings, _logger);
            _logger.InterfaceName = tun.Name;
            links = _platform.CreateLinks(tun);
            return new DeviceRuntime(new DeviceRuntimeOptions
            {
                Tun = tun,
                Sockets = _platform.CreateSockets(settings, tun),
                Threads = settings.DataPath.Threads,
                Arena = arena,
                Logger = _logger,
                Links = links,
                Protections = _protections.ReadLately,
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
