using Microsoft.Extensions.Logging;
using PfsVpn.Interop.Windows;
using PfsVpn.Tun;

namespace PfsVpn.Tests.Tun.Windows;

public sealed class WintunLogTests
{
    [Theory]
    [InlineData(Wintun.WINTUN_LOG_INFO, LogLevel.Debug)]
    [InlineData(Wintun.WINTUN_LOG_WARN, LogLevel.Warning)]
    [InlineData(Wintun.WINTUN_LOG_ERR, LogLevel.Error)]
    [InlineData(77, LogLevel.Error)]
    public void Its_levels_are_ours(int level, LogLevel expected)
    {
        var logger = new Lines();
        WintunLog.Write(logger, level, "Creating adapter");
        Assert.Equal([$"{expected} Wintun: Creating adapter"], logger.All);
    }

    private sealed class Lines : ILogger
    {
        public List<string> All { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Add($"{logLevel} {formatter(state, exception)}");
    }
}
