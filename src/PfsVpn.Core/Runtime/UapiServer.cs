using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using PfsVpn.Configuration;
using PfsVpn.Crypto;
using PfsVpn.Interop;

namespace PfsVpn.Runtime;

/// <summary>Serves the cross-platform control interface on a unix socket: what <c>wg</c>, <c>wg-quick</c> and <c>pfsvpn</c> talk to.</summary>
/// <remarks>
/// References: https://www.wireguard.com/xplatform/. Operations: <c>get=1</c>, <c>set=1</c>, and PfsVpn's own <c>status=1</c>, which answers one line of JSON and <c>errno=0</c>.
/// One thread polls the listener, the directory and all connections, none of which it ever waits for; operations run where <see cref="IDeviceControl"/> runs them.
/// Sizes: at most 64 connections and 256 MiB for a set; buffers are locked blocks of 16 KiB that are zeroed when they are returned.
/// Threading: all members are safe from any thread.
/// Ownership: owns the socket and its file. Dispose it before the arena: a connection may hold a set with secrets that is not whole yet.
/// Whatever <see cref="IDeviceControl"/> was asked must be completed, by failure if need be, before the arena goes too.
/// </remarks>
internal sealed unsafe class UapiServer : IDisposable
{
    /// <summary>Where <c>wg</c> looks for sockets.</summary>
    public const string DefaultDirectory = "/var/run/wireguard";

    private const int FreeBlocks = 4;
    private const int FixedDescriptors = 3;
    private const int StackBytes = 512 * 1024;
    private const int AcceptPauseMilliseconds = 1000;

    private readonly IDeviceControl _control;
    private readonly SecretArena _arena;
    private readonly ILogger _logger;
    private readonly UapiServerLimits _limits;
    private readonly ControlSocketFile _file;
    private readonly ControlSocketWatch? _watch;
    private readonly WakeEvent _wake = new();
    private readonly LockedMemoryPool _pool = new(FreeBlocks);
    private readonly TaskCompletionSource _socketDeleted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly Queue<ControlSocketConnection> _finished = new();
    private readonly List<ControlSocketConnection> _connections = [];
    private readonly Thread _thread;
    private long _acceptAgain;
    private bool _stopping, _ended, _disposed;

    private UapiServer(ControlSocketFile file, IDeviceControl control, SecretArena arena, ILogger logger, UapiServerLimits limits)
    {
        _file = file;
        _control = control;
        _arena = arena;
        _logger = logger;
        _limits = limits;
        if (file.Path is { } path) _watch = ControlSocketWatch.Start(Path.GetDirectoryName(path)!);
        _thread = new Thread(Run, StackBytes) { IsBackground = true, Name = "control socket" };
        _thread.Start();
    }

    /// <summary>Completes once, when someone else deletes or replaces the socket's file: the daemon is asked to end. Not at <see cref="Dispose"/>.</summary>
    public Task SocketDeleted => _socketDeleted.Task;

    /// <summary>The socket's file; null where a descriptor was handed over that has none.</summary>
    public string? SocketPath => _file.Path;

    /// <summary>The pool, for tests that look into it.</summary>
    internal LockedMemoryPool Pool => _pool;

    /// <summary>Makes <c>DIRECTORY/NAME.sock</c> and serves it. A socket that nobody listens on is replaced.</summary>
    /// <exception cref="ControlSocketException">A live daemon has it, or it cannot be made; the message says what to do.</exception>
    public static UapiServer Listen(string interfaceName, IDeviceControl control, SecretArena arena, ILogger logger, string directory = DefaultDirectory) =>
        Listen(interfaceName, control, arena, logger, directory, new UapiServerLimits());

    /// <summary>Serves a listening socket that another process made (WG_UAPI_FD). The path it was bound to, where it has one, is watched and finally removed.</summary>
    /// <exception cref="ControlSocketException">It is not a listening unix stream socket; it has not been closed then.</exception>
    public static UapiServer FromDescriptor(int descriptor, IDeviceControl control, SecretArena arena, ILogger logger) =>
        Serve(ControlSocketFile.Adopt(descriptor), control, arena, logger, new UapiServerLimits());

    internal static UapiServer Listen(string interfaceName, IDeviceControl control, SecretArena arena, ILogger logger, string directory, UapiServerLimits limits) =>
        Serve(ControlSocketFile.Open(interfaceName, directory), control, arena, logger, limits);

    /// <summary>
    /// Closes every connection, erases what they held, and removes the socket's file where it is still this server's. An operation that the device still
    /// works on is not waited for: its buffers follow when it ends.
    /// </summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true;
            _stopping = true;
            _wake.Set();
        }
        _thread.Join();
        _watch?.Dispose();
        _file.Dispose();
        _pool.Dispose();
        _wake.Dispose();
    }

    private static UapiServer Serve(ControlSocketFile file, IDeviceControl control, SecretArena arena, ILogger logger, UapiServerLimits limits)
    {
        try
        {
            var server = new UapiServer(file, control, arena, logger, limits);
            if (file.ReplacedStale) ControlSocketLog.ReplacedStale(logger, file.Path);
            if (file.Path is null) ControlSocketLog.NoFile(logger);
            else ControlSocketLog.Listening(logger, file.Path);
            return server;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private void Run()
    {
        try
        {
            while (!Volatile.Read(ref _stopping)) Turn();
        }
        catch (Exception exception)
        {
            ControlSocketLog.ServerFailed(_logger, exception);
        }
        finally
        {
            End();
        }
    }

    /// <summary>One wait, and everything that it brought.</summary>
    private void Turn()
    {
        var count = FixedDescriptors + _connections.Count;
        var polled = stackalloc Libc.pollfd[FixedDescriptors + _limits.Connections];
        polled[0] = new Libc.pollfd { fd = _wake.Descriptor, events = Libc.POLLIN };
        polled[1] = new Libc.pollfd { fd = SocketDeleted.IsCompleted ? -1 : _watch?.Descriptor ?? -1, events = Libc.POLLIN };
        polled[2] = new Libc.pollfd { fd = MayAccept() ? _file.Descriptor : -1, events = Libc.POLLIN };
        for (var i = 0; i < _connections.Count; i++)
        {
            var connection = _connections[i];
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
            if (polled[i].revents != 0) Guard(_connections[i - FixedDescriptors], static connection => connection.OnReady());
        if (polled[0].revents != 0) FinishOperations();
        if (polled[1].revents != 0) CheckFile();
        CloseUnread();
        RemoveEnded();
        if (polled[2].revents != 0) Accept();
    }

    private void ScrubStack()
    {
        var touched = false;
        foreach (var connection in _connections)
        {
            touched |= connection.MayHaveTouchedSecrets;
            connection.MayHaveTouchedSecrets = false;
        }
        if (touched) StackScrubber.ScrubHandshake();
    }

    /// <summary>Not while every place is taken by an operation in progress, nor right after the process ran out of descriptors.</summary>
    private bool MayAccept() =>
        Environment.TickCount64 >= _acceptAgain && (_connections.Count < _limits.Connections || _connections.Exists(static connection => !connection.IsBusy));

    private int TimeoutMilliseconds()
    {
        var now = Environment.TickCount64;
        var deadline = long.MaxValue;
        if (_acceptAgain > now) deadline = _acceptAgain;
        foreach (var connection in _connections)
            if (connection.HasUnsent) deadline = Math.Min(deadline, connection.LastProgress + (long)_limits.AnswerTimeout.TotalMilliseconds);
        return deadline == long.MaxValue ? -1 : (int)Math.Clamp(deadline - now, 0, int.MaxValue);
    }

    private void Accept()
    {
        while (MayAccept())
        {
            var descriptor = Libc.accept4(_file.Descriptor, null, null, Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC);
            if (descriptor < 0)
            {
                var errno = Marshal.GetLastPInvokeError();
                if (errno is Libc.EMFILE or Libc.ENFILE or Libc.ENOBUFS or Libc.ENOMEM)
                {
                    _acceptAgain = Environment.TickCount64 + AcceptPauseMilliseconds;
                    ControlSocketLog.CannotAccept(_logger, ControlSocketException.FromErrno("accept", errno).Message);
                }
                return;
            }
            if (_connections.Count >= _limits.Connections) Evict();
            _connections.Add(new ControlSocketConnection(descriptor, _control, _arena, _pool, _limits, _logger, OnFinished));
        }
    }

    private void Evict()
    {
        var silent = _connections.Where(static connection => !connection.IsBusy).MinBy(static connection => connection.LastProgress)!;
        ControlSocketLog.Evicted(_logger, _limits.Connections);
        _connections.Remove(silent);
        silent.Dispose();
    }

    private void CloseUnread()
    {
        var now = Environment.TickCount64;
        foreach (var connection in _connections)
        {
            if (!connection.HasUnsent || now - connection.LastProgress < (long)_limits.AnswerTimeout.TotalMilliseconds) continue;
            ControlSocketLog.AnswerUnread(_logger);
            connection.Dispose();
        }
    }

    private void RemoveEnded() => _connections.RemoveAll(static connection =>
    {
        if (!connection.IsEnded || connection.IsBusy) return false;
        connection.Dispose();
        return true;
    });

    private void CheckFile()
    {
        _watch!.Drain();
        if (_file.IsInPlace()) return;
        ControlSocketLog.SocketDeleted(_logger, _file.Path);
        _socketDeleted.TrySetResult();
    }

    private void FinishOperations()
    {
        _wake.Drain();
        while (TryTakeFinished() is { } connection) Guard(connection, static connection => connection.OnFinished());
    }

    private ControlSocketConnection? TryTakeFinished()
    {
        lock (_gate) return _finished.TryDequeue(out var connection) ? connection : null;
    }

    /// <summary>What one connection does wrong ends that connection only.</summary>
    private void Guard(ControlSocketConnection connection, Action<ControlSocketConnection> act)
    {
        try
        {
            act(connection);
        }
        catch (Exception exception)
        {
            ControlSocketLog.ConnectionFailed(_logger, exception);
            if (!connection.IsBusy) connection.Dispose();
        }
    }

    /// <summary>An operation ended, on any thread.</summary>
    private void OnFinished(ControlSocketConnection connection)
    {
        lock (_gate)
        {
            if (!_ended)
            {
                _finished.Enqueue(connection);
                _wake.Set();
                return;
            }
        }
        connection.DisposeAfterFinish();
    }

    private void End()
    {
        lock (_gate)
        {
            _ended = true;
            while (_finished.TryDequeue(out var connection)) connection.DisposeAfterFinish();
            // From here on, whoever ends an operation disposes its connection; the flag says which are left to them.
            foreach (var connection in _connections)
                if (!connection.IsBusy) connection.Dispose();
            _connections.Clear();
        }
        StackScrubber.ScrubDeep();
    }
}
