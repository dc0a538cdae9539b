using Microsoft.Extensions.Logging;
using PfsVpn.Configuration;
using PfsVpn.Crypto;

namespace PfsVpn.Runtime;

/// <summary>
/// Serves the cross-platform control interface: what <c>wg</c>, <c>wg-quick</c> and <c>pfsvpn</c> talk to. The clients, their bounds and the one thread are here; where
/// they come in is the derived class's: <see cref="ControlSocketServer"/>, <see cref="ControlPipeServer"/>.
/// </summary>
/// <remarks>
/// References: https://www.wireguard.com/xplatform/. Operations: <c>get=1</c>, <c>set=1</c>, and PfsVpn's own <c>status=1</c>, which answers one line of JSON and <c>errno=0</c>.
/// One thread waits for all connections, and for none of them alone; operations run where <see cref="IDeviceControl"/> runs them.
/// Sizes: at most 64 connections and 256 MiB for a set; buffers are locked blocks of 16 KiB that are zeroed when they are returned.
/// Threading: all public members are safe from any thread; what derived classes use is the server's thread's.
/// Ownership: dispose it before the arena: a connection may hold a set with secrets that is not whole yet.
/// Whatever <see cref="IDeviceControl"/> was asked must be completed, by failure if need be, before the arena goes too.
/// </remarks>
internal abstract class UapiServer : IDisposable
{
    private const int FreeBlocks = 4;
    private const int StackBytes = 512 * 1024;
    private const int AcceptPauseMilliseconds = 1000;

    private readonly LockedMemoryPool _pool = new(FreeBlocks);
    private readonly TaskCompletionSource _removed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly Queue<UapiConnection> _finished = new();
    private readonly List<UapiConnection> _connections = [];
    private readonly Thread _thread;
    private long _acceptAgain;
    private bool _stopping, _ended, _disposed;

    /// <summary>Takes its parts; <see cref="Start"/> follows once the derived class has its own.</summary>
    /// <param name="threadName">The name of the one thread.</param>
    /// <param name="control">Who carries requests out.</param>
    /// <param name="arena">Where keys of a set go.</param>
    /// <param name="logger">The log.</param>
    /// <param name="limits">The bounds.</param>
    protected UapiServer(string threadName, IDeviceControl control, SecretArena arena, ILogger logger, UapiServerLimits limits)
    {
        Control = control;
        Arena = arena;
        Logger = logger;
        Limits = limits;
        _thread = new Thread(Run, StackBytes) { IsBackground = true, Name = threadName };
    }

    /// <summary>The socket's file or the pipe's name; null where a descriptor was handed over that has no file.</summary>
    public abstract string? Place { get; }

    /// <summary>Completes once, when someone else deletes or replaces the place: the daemon is asked to end. Not at <see cref="Dispose"/>, and never for a pipe.</summary>
    public Task Removed => _removed.Task;

    /// <summary>The pool, for tests that look into it.</summary>
    internal LockedMemoryPool Pool => _pool;

    /// <summary>Who carries requests out.</summary>
    protected IDeviceControl Control { get; }

    /// <summary>Where keys of a set go.</summary>
    protected SecretArena Arena { get; }

    /// <summary>The log.</summary>
    protected ILogger Logger { get; }

    /// <summary>The bounds.</summary>
    protected UapiServerLimits Limits { get; }

    /// <summary>The clients, oldest first.</summary>
    protected IReadOnlyList<UapiConnection> Connections => _connections;

    /// <summary>
    /// Closes every connection, erases what they held, and gives the place up where it is still this server's. An operation that the device still
    /// works on is not waited for: its buffers follow when it ends.
    /// </summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true;
            _stopping = true;
            WakeUp();
        }
        _thread.Join();
        Release();
        _pool.Dispose();
    }

    /// <summary>One wait, and everything that it brought.</summary>
    protected abstract void Turn();

    /// <summary>Makes the wait of a <see cref="Turn"/> end, from any thread.</summary>
    protected abstract void WakeUp();

    /// <summary>Gives back what the derived class owns; the thread has ended.</summary>
    protected abstract void Release();

    /// <summary>Starts the thread.</summary>
    protected void Start() => _thread.Start();

    /// <summary>Someone else has deleted or replaced the place.</summary>
    protected void ReportRemoved() => _removed.TrySetResult();

    /// <summary>Whether the system could not give another connection within the last second.</summary>
    protected bool IsPaused => Environment.TickCount64 < _acceptAgain;

    /// <summary>Before each wait: nothing secret stays on a stack that waits.</summary>
    protected void ScrubStack()
    {
        var touched = false;
        foreach (var connection in _connections)
        {
            touched |= connection.MayHaveTouchedSecrets;
            connection.MayHaveTouchedSecrets = false;
        }
        if (touched) StackScrubber.ScrubHandshake();
    }

    /// <summary>Not while every place is taken by an operation in progress, nor right after the system could not give another.</summary>
    protected bool MayAccept() => !IsPaused && (_connections.Count < Limits.Connections || _connections.Exists(static connection => !connection.IsBusy));

    /// <summary>The system could not give another connection: none is asked for within the next second.</summary>
    protected void PauseAccepting(string error)
    {
        _acceptAgain = Environment.TickCount64 + AcceptPauseMilliseconds;
        UapiLog.CannotAccept(Logger, error);
    }

    /// <summary>How long the next wait may be; -1 for ever.</summary>
    protected int TimeoutMilliseconds()
    {
        var now = Environment.TickCount64;
        var deadline = long.MaxValue;
        if (_acceptAgain > now) deadline = _acceptAgain;
        foreach (var connection in _connections)
            if (connection.HasUnsent) deadline = Math.Min(deadline, connection.LastProgress + (long)Limits.AnswerTimeout.TotalMilliseconds);
        return deadline == long.MaxValue ? -1 : (int)Math.Clamp(deadline - now, 0, int.MaxValue);
    }

    /// <summary>Takes a client in; where all places are taken, that of the one that has been silent for longest. Only where <see cref="MayAccept"/>.</summary>
    protected void Admit(UapiConnection connection)
    {
        if (_connections.Count >= Limits.Connections) Evict();
        _connections.Add(connection);
    }

    /// <summary>Closes those that do not read their answers.</summary>
    protected void CloseUnread()
    {
        var now = Environment.TickCount64;
        foreach (var connection in _connections)
        {
            if (!connection.HasUnsent || now - connection.LastProgress < (long)Limits.AnswerTimeout.TotalMilliseconds) continue;
            UapiLog.AnswerUnread(Logger);
            connection.Dispose();
        }
    }

    /// <summary>Lets go of those that have ended.</summary>
    protected void RemoveEnded() => _connections.RemoveAll(static connection =>
    {
        if (!connection.IsEnded || connection.IsBusy) return false;
        connection.Dispose();
        return true;
    });

    /// <summary>Goes on where an operation has ended.</summary>
    protected void FinishOperations()
    {
        while (TryTakeFinished() is { } connection) Guard(connection, static connection => connection.OnFinished());
    }

    /// <summary>What one connection does wrong ends that connection only.</summary>
    protected void Guard<T>(T connection, Action<T> act) where T : UapiConnection
    {
        try
        {
            act(connection);
        }
        catch (Exception exception)
        {
            UapiLog.ConnectionFailed(Logger, exception);
            if (!connection.IsBusy) connection.Dispose();
        }
    }

    /// <summary>An operation ended, on any thread.</summary>
    protected void OnFinished(UapiConnection connection)
    {
        lock (_gate)
        {
            if (!_ended)
            {
                _finished.Enqueue(connection);
                WakeUp();
                return;
            }
        }
        connection.DisposeAfterFinish();
    }

    private void Run()
    {
        try
        {
            while (!Volatile.Read(ref _stopping)) Turn();
        }
        catch (Exception exception)
        {
            UapiLog.ServerFailed(Logger, exception);
        }
        finally
        {
            End();
        }
    }

    private void Evict()
    {
        var silent = _connections.Where(static connection => !connection.IsBusy).MinBy(static connection => connection.LastProgress)!;
        UapiLog.Evicted(Logger, Limits.Connections);
        _connections.Remove(silent);
        silent.Dispose();
    }

    private UapiConnection? TryTakeFinished()
    {
        lock (_gate) return _finished.TryDequeue(out var connection) ? connection : null;
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
