using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using PfsVpn.Configuration;
using PfsVpn.Crypto;
using PfsVpn.Interop;

namespace PfsVpn.Runtime;

/// <summary>Serves the control interface on a unix socket.</summary>
/// <remarks>
/// One thread polls the listener, the directory and all connections.
/// Threading: all public members are safe from any thread. Ownership: owns the socket and its file. Dispose it before the arena, as <see cref="UapiServer"/> says.
/// </remarks>
internal sealed unsafe class ControlSocketServer : UapiServer
{
    /// <summary>Where <c>wg</c> looks for sockets.</summary>
    public const string DefaultDirectory = "/var/run/wireguard";

    private const int FixedDescriptors = 3;

    private readonly ControlSocketFile _file;
    private readonly ControlSocketWatch? _watch;
    private readonly WakeEvent _wake = new();

    private ControlSocketServer(ControlSocketFile file, IDeviceControl control, SecretArena arena, ILogger logger, UapiServerLimits limits)
        : base("control socket", control, arena, logger, limits)
    {
        _file = file;
        if (file.Path is { } path) _watch = ControlSocketWatch.Start(Path.GetDirectoryName(path)!);
        Start();
    }

    /// <inheritdoc/>
    public override string? Place => _file.Path;

    /// <summary>Makes <c>DIRECTORY/NAME.sock</c> and serves it. A socket that nobody listens on is replaced.</summary>
    /// <exception cref="ControlSocketException">A live daemon has it, or it cannot be made; the message says what to do.</exception>
    public static ControlSocketServer Listen(string interfaceName, IDeviceControl control, SecretArena arena, ILogger logger, string directory = DefaultDirectory) =>
        Listen(interfaceName, control, arena, logger, directory, new UapiServerLimits());

    /// <summary>Serves a listening socket that another process made (WG_UAPI_FD). The path it was bound to, where it has one, is watched and finally removed.</summary>
    /// <exception cref="ControlSocketException">It is not a listening unix stream socket; it has not been closed then.</exception>
    public static ControlSocketServer FromDescriptor(int descriptor, IDeviceControl control, SecretArena arena, ILogger logger) =>
        Serve(ControlSocketFile.Adopt(descriptor), control, arena, logger, new UapiServerLimits());

    internal static ControlSocketServer Listen(
        string interfaceName, IDeviceControl control, SecretArena arena, ILogger logger, string directory, UapiServerLimits limits) =>
        Serve(ControlSocketFile.Open(interfaceName, directory), control, arena, logger, limits);

    /// <inheritdoc/>
    protected override void Turn()
    {
        var count = FixedDescriptors + Connections.Count;
        var polled = stackalloc Libc.pollfd[FixedDescriptors + Limits.Connections];
        polled[0] = new Libc.pollfd { fd = _wake.Descriptor, events = Libc.POLLIN };
        polled[1] = new Libc.pollfd { fd = Removed.IsCompleted ? -1 : _watch?.Descriptor ?? -1, events = Libc.POLLIN };
        polled[2] = new Libc.pollfd { fd = MayAccept() ? _file.Descriptor : -1, events = Libc.POLLIN };
        for (var i = 0; i < Connections.Count; i++)
        {
            var connection = (ControlSocketConnection)Connections[i];
            // A busy one is left out altogether: that the client hung up would be reported again and again.
            polled[FixedDescriptors + i] = new Libc.pollfd { fd = connection.IsBusy ? -1 : connection.Descriptor, events = connection.Events };
        }

        ScrubStack();
        if (Libc.poll(polled, (nuint)count, TimeoutMilliseconds()) < 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            if (errno == Libc.EINTR) return;
            throw ControlSocketException.FromErrno("poll", errno);
        }

        // The list keeps its order until all that was polled has been seen; what is new comes behind.
        for (var i = FixedDescriptors; i < count; i++)
            if (polled[i].revents != 0) Guard((ControlSocketConnection)Connections[i - FixedDescriptors], static connection => connection.OnReady());
        if (polled[0].revents != 0)
        {
            _wake.Drain();
            FinishOperations();
        }
        if (polled[1].revents != 0) CheckFile();
        CloseUnread();
        RemoveEnded();
        if (polled[2].revents != 0) Accept();
    }

    /// <inheritdoc/>
    protected override void WakeUp() => _wake.Set();

    /// <inheritdoc/>
    protected override void Release()
    {
        _watch?.Dispose();
        _file.Dispose();
        _wake.Dispose();
    }

    private static ControlSocketServer Serve(ControlSocketFile file, IDeviceControl control, SecretArena arena, ILogger logger, UapiServerLimits limits)
    {
        try
        {
            var server = new ControlSocketServer(file, control, arena, logger, limits);
            if (file.ReplacedStale) UapiLog.ReplacedStale(logger, file.Path);
            if (file.Path is null) UapiLog.NoFile(logger);
            else UapiLog.Listening(logger, file.Path);
            return server;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private void Accept()
    {
        while (MayAccept())
        {
            var descriptor = Libc.accept4(_file.Descriptor, null, null, Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC);
            if (descriptor < 0)
            {
                var errno = Marshal.GetLastPInvokeError();
                if (errno is Libc.EMFILE or Libc.ENFILE or Libc.ENOBUFS or Libc.ENOMEM) PauseAccepting(ControlSocketException.FromErrno("accept", errno).Message);
                return;
            }
            Admit(new ControlSocketConnection(descriptor, Control, Arena, Pool, Limits, Logger, OnFinished));
        }
    }

    private void CheckFile()
    {
        _watch!.Drain();
        if (_file.IsInPlace()) return;
        UapiLog.SocketDeleted(Logger, _file.Path);
        ReportRemoved();
    }
}
