using Microsoft.Extensions.Logging;
using PfsVpn.Configuration;

namespace PfsVpn.Runtime;

/// <summary>What the control interface logs. No value that could be a secret ever gets here.</summary>
internal static partial class UapiLog
{
    [LoggerMessage(3000, LogLevel.Debug, "The control interface is at {Path}")]
    public static partial void Listening(ILogger logger, string? path);

    [LoggerMessage(3001, LogLevel.Information, "Replaced {Path}: its daemon had gone without removing it")]
    public static partial void ReplacedStale(ILogger logger, string? path);

    [LoggerMessage(3002, LogLevel.Warning, "The control socket that was handed over has no file that can be watched: deleting a file will not end this daemon")]
    public static partial void NoFile(ILogger logger);

    [LoggerMessage(3003, LogLevel.Warning, "Refused a request ({Operation}) on the control interface and changed nothing: {Error}")]
    public static partial void RequestRefused(ILogger logger, UapiOperation operation, UapiError error);

    [LoggerMessage(3004, LogLevel.Warning, "A set on the control interface failed and changed nothing: {Errno}")]
    public static partial void SetFailed(ILogger logger, string errno);

    [LoggerMessage(3005, LogLevel.Error, "A request ({Operation}) on the control interface failed")]
    public static partial void OperationFailed(ILogger logger, Exception exception, UapiOperation operation);

    [LoggerMessage(3006, LogLevel.Warning, "Closed the control connection that had been silent for longest: {Limit} are open")]
    public static partial void Evicted(ILogger logger, int limit);

    [LoggerMessage(3007, LogLevel.Warning, "Closed a control connection whose client does not read its answer")]
    public static partial void AnswerUnread(ILogger logger);

    [LoggerMessage(3008, LogLevel.Warning, "Cannot accept a control connection for now: {Error}")]
    public static partial void CannotAccept(ILogger logger, string error);

    [LoggerMessage(3009, LogLevel.Error, "A control connection failed and was closed")]
    public static partial void ConnectionFailed(ILogger logger, Exception exception);

    [LoggerMessage(3010, LogLevel.Information, "The control socket {Path} was deleted")]
    public static partial void SocketDeleted(ILogger logger, string? path);

    [LoggerMessage(3011, LogLevel.Critical, "The control interface no longer answers")]
    public static partial void ServerFailed(ILogger logger, Exception exception);
}
