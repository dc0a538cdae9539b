using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Tun;

/// <summary>Passes on what wintun.dll logs. The library has one logger for the process: the last device that was made hears it.</summary>
/// <remarks>Threading: any; the library calls from its own threads too.</remarks>
internal static unsafe partial class WintunLog
{
    private static volatile ILogger? _logger;

    /// <summary>Has the library log here from now on.</summary>
    public static void Attach(ILogger logger)
    {
        _logger = logger;
        Wintun.WintunSetLogger(&OnMessage);
    }

    /// <summary>Ends that for this logger; another that has come since stays. The library goes on calling, for nothing.</summary>
    public static void Detach(ILogger logger) => Interlocked.CompareExchange(ref _logger, null, logger);

    /// <summary>Logs a line of the library. What it does is of interest to whoever looks for an error; what failed to everybody.</summary>
    internal static void Write(ILogger logger, int level, string text)
    {
        switch (level)
        {
            case Wintun.WINTUN_LOG_INFO:
                Information(logger, text);
                break;
            case Wintun.WINTUN_LOG_WARN:
                Warning(logger, text);
                break;
            default:
                Error(logger, text);
                break;
        }
    }

    [UnmanagedCallersOnly]
    private static void OnMessage(int level, ulong timestamp, char* message)
    {
        try
        {
            if (_logger is { } logger && message != null) Write(logger, level, new string(message));
        }
#pragma warning disable CA1031 // Whatever a logger throws, there is nobody above who could catch it.
        catch (Exception)
#pragma warning restore CA1031
        {
            // It was a line of a log.
        }
    }

    [LoggerMessage(2100, LogLevel.Debug, "Wintun: {Text}")]
    private static partial void Information(ILogger logger, string text);

    [LoggerMessage(2101, LogLevel.Warning, "Wintun: {Text}")]
    private static partial void Warning(ILogger logger, string text);

    [LoggerMessage(2102, LogLevel.Error, "Wintun: {Text}")]
    private static partial void Error(ILogger logger, string text);
}
