using Microsoft.Extensions.Logging;
using PfsVpn.Crypto;
using PfsVpn.Daemon.Interop;
using PfsVpn.Daemon.Logging;
using PfsVpn.Daemon.Windows;

namespace PfsVpn.Daemon;

/// <summary>
/// What is done when an exception leaves a thread: keys first, then the socket; the interface goes with the process. The process then ends at once, not by the
/// runtime's abort, whose report would go to standard error, and whose signal asks for a core.
/// </summary>
internal sealed class CrashGuard : IDisposable
{
    private const int ExitCode = 1;

    private readonly ILogger _logger;
    private readonly Action _endLog;
    private readonly Action<int> _exit;
    private SecretArena? _arena;
    private string? _socketPath;

    /// <summary>Guards from now on.</summary>
    /// <param name="logger">Where it is said.</param>
    /// <param name="endLog">Writes what the log holds still: the process ends without waiting for anybody.</param>
    /// <param name="exit">Ends the process; tests give another.</param>
    public CrashGuard(ILogger logger, Action endLog, Action<int>? exit = null)
    {
        (_logger, _endLog) = (logger, endLog);
        _exit = exit ?? (OperatingSystem.IsWindows() ? WindowsStart.End : Libc._exit);
        AppDomain.CurrentDomain.UnhandledException += OnUnhandledException;
    }

    /// <summary>Secrets to erase.</summary>
    public void Guard(SecretArena arena) => Volatile.Write(ref _arena, arena);

    /// <summary>A socket file to remove.</summary>
    public void Guard(string socketPath) => Volatile.Write(ref _socketPath, socketPath);

    /// <inheritdoc/>
    public void Dispose() => AppDomain.CurrentDomain.UnhandledException -= OnUnhandledException;

    /// <summary>Erases, removes, says so, ends.</summary>
    internal void Crash(Exception exception)
    {
        try
        {
            Volatile.Read(ref _arena)?.EraseAll();
            if (Volatile.Read(ref _socketPath) is { } path) File.Delete(path);
            DaemonLog.Crashed(_logger, exception);
            _endLog();
        }
        finally
        {
            _exit(ExitCode);
        }
    }

    private void OnUnhandledException(object sender, UnhandledExceptionEventArgs arguments) =>
        Crash(arguments.ExceptionObject as Exception ?? new InvalidOperationException("Something that is no exception was thrown."));
}
