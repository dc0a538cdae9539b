using Microsoft.Extensions.Logging;

namespace PfsVpn.Daemon.Logging;

/// <summary>The daemon's log.</summary>
/// <remarks>Threading: any thread. Costs nothing for levels that are off: the generated messages ask <see cref="IsEnabled"/> first.</remarks>
internal sealed class DaemonLogger(LogWriter writer, string interfaceName, LogLevel minimumLevel) : ILogger
{
    private volatile string _interfaceName = interfaceName;

    /// <summary>The name in front of each line; the TUN may give another than was asked for.</summary>
    public string InterfaceName
    {
        get => _interfaceName;
        set => _interfaceName = value;
    }

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel >= minimumLevel && logLevel != LogLevel.None;

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel)) return;
        var text = formatter(state, exception);
        if (exception is not null) text = $"{text}: {(minimumLevel <= LogLevel.Debug ? exception.ToString() : exception.Message)}";
        writer.Write(logLevel, eventId, InterfaceName, text);
    }

    /// <summary>Scopes are not used.</summary>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;
}
