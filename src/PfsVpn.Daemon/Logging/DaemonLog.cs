using Microsoft.Extensions.Logging;

namespace PfsVpn.Daemon.Logging;

/// <summary>What the daemon itself says; the device has messages of its own.</summary>
internal static partial class DaemonLog
{
    [LoggerMessage(1, LogLevel.Information, "pfsvpnd {Version} started, process {Process}")]
    public static partial void Started(ILogger logger, string version, int process);

    [LoggerMessage(2, LogLevel.Information, "{Description}")]
    public static partial void ProtectionsHold(ILogger logger, string description);

    [LoggerMessage(3, LogLevel.Warning, "{Description}")]
    public static partial void ProtectionsMissing(ILogger logger, string description);

    [LoggerMessage(4, LogLevel.Information, "{Description}")]
    public static partial void SecretMemory(ILogger logger, string description);

    [LoggerMessage(5, LogLevel.Information, "ready in {Milliseconds} ms, control socket {Path}")]
    public static partial void Ready(ILogger logger, long milliseconds, string path);

    [LoggerMessage(6, LogLevel.Information, "ending: {Reason}")]
    public static partial void Ending(ILogger logger, string reason);

    [LoggerMessage(7, LogLevel.Debug, "{Signal} ignored")]
    public static partial void SignalIgnored(ILogger logger, string signal);

    [LoggerMessage(8, LogLevel.Critical, "fatal error, all keys are erased")]
    public static partial void Crashed(ILogger logger, Exception exception);

    [LoggerMessage(9, LogLevel.Information, "ended")]
    public static partial void Ended(ILogger logger);
}
