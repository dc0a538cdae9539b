using System.Globalization;
using System.Text.Unicode;
using Microsoft.Extensions.Logging;
using PfsVpn.Daemon.Interop;
using PfsVpn.Daemon.Windows;

namespace PfsVpn.Daemon.Logging;

/// <summary>
/// Writes log lines to a descriptor, one system call a line, in wireguard-go's manner: <c>INFO: (wg0) 2026/11/20 23:00:00 text</c>. Where the descriptor is the journal's, lines
/// carry the journal's priorities instead: <c>&lt;6&gt;(wg0) text</c>. Or as JSON, see <see cref="JsonLine"/>.
/// </summary>
/// <remarks>
/// Sizes: a line has at most 4096 bytes (PIPE_BUF: lines of several processes never mix) and is cut there.
/// Threading: any thread. A reader that does not keep up stops nobody: what does not fit now is dropped and counted, and the next line that fits says so.
/// References: sd-daemon(3), systemd.exec(5) for JOURNAL_STREAM.
/// </remarks>
internal sealed unsafe class LogWriter : IDisposable
{
    private const int LongestLineInBytes = 4096;

    private readonly Lock _gate = new();
    private readonly byte[] _line = new byte[LongestLineInBytes];
    private readonly ILineOutput _output;
    private readonly bool _isJournal;
    private readonly JsonLine? _json;
    private long _dropped;
    private bool _ended;

    /// <summary>Writes to <paramref name="descriptor"/>, which it does not own.</summary>
    /// <param name="descriptor">A pipe, a terminal, a socket or a file.</param>
    /// <param name="format">How lines look; not <see cref="LogFormat.Auto"/>, which is text here.</param>
    public LogWriter(int descriptor, LogFormat format)
        : this(OperatingSystem.IsWindows() ? new HandleOutput(descriptor) : new DescriptorOutput(descriptor), format)
    {
    }

    /// <summary>Writes to an output, and disposes it.</summary>
    public LogWriter(ILineOutput output, LogFormat format)
    {
        _output = output;
        _isJournal = format == LogFormat.Journal;
        if (format == LogFormat.Json) _json = new JsonLine();
    }

    /// <summary>Takes no more lines, and writes what is held still: the process is about to end, in whatever way.</summary>
    public void End()
    {
        lock (_gate) _ended = true;
        _output.Dispose();
    }

    /// <summary>Writes what is held still, and frees the buffers.</summary>
    public void Dispose()
    {
        End();
        _json?.Dispose();
    }

    /// <summary>Writes one line.</summary>
    public void Write(LogLevel level, EventId id, string interfaceName, ReadOnlySpan<char> text)
    {
        lock (_gate)
        {
            if (_ended) return;
            if (!_output.CanTakeALine())
            {
                _dropped++;
                return;
            }
            if (_dropped != 0 && TryWriteLine(LogLevel.Warning, default, interfaceName, $"{_dropped} lines of this log were dropped: its reader was too slow")) _dropped = 0;
            if (!TryWriteLine(level, id, interfaceName, text)) _dropped++;
        }
    }

    private bool TryWriteLine(LogLevel level, EventId id, string interfaceName, ReadOnlySpan<char> text)
    {
        var length = _json is { } json
            ? json.Write(_line.AsSpan(0, LongestLineInBytes - 1), DateTimeOffset.UtcNow, level, id, interfaceName, text)
            : WriteText(level, interfaceName, text);
        _line[length++] = (byte)'\n';
        return _output.TryWrite(_line.AsSpan(0, length));
    }

    private int WriteText(LogLevel level, string interfaceName, ReadOnlySpan<char> text)
    {
        var length = WritePrefix(_line, level, interfaceName);
        var room = _line.AsSpan(length, LongestLineInBytes - 1 - length);
        _ = Utf8.FromUtf16(text, room, out _, out var textLength);
        // A name or a message from outside must not be able to forge a line.
        foreach (ref var character in room[..textLength])
        {
            if (character is < 0x20 or 0x7F) character = (byte)' ';
        }
        return length + textLength;
    }

    private int WritePrefix(Span<byte> line, LogLevel level, string interfaceName)
    {
        int length;
        if (_isJournal)
        {
            _ = Utf8.TryWrite(line, CultureInfo.InvariantCulture, $"<{Priority(level)}>({interfaceName}) ", out length);
            return length;
        }
        var (year, month, day, hour, minute, second) = LocalTime();
        _ = Utf8.TryWrite(line, CultureInfo.InvariantCulture, $"{Word(level)}: ({interfaceName}) {year:D4}/{month:D2}/{day:D2} {hour:D2}:{minute:D2}:{second:D2} ", out length);
        return length;
    }

    private static (int Year, int Month, int Day, int Hour, int Minute, int Second) LocalTime()
    {
        if (OperatingSystem.IsWindows())
        {
            var now = DateTime.Now;
            return (now.Year, now.Month, now.Day, now.Hour, now.Minute, now.Second);
        }
        var seconds = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        Libc.struct_tm time = default;
        _ = Libc.localtime_r(&seconds, &time);
        return (time.tm_year + 1900, time.tm_mon + 1, time.tm_mday, time.tm_hour, time.tm_min, time.tm_sec);
    }

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "DEBUG",
        LogLevel.Information => "INFO",
        LogLevel.Warning => "WARNING",
        _ => "ERROR",
    };

    /// <summary>syslog(3): 7 debug, 6 information, 4 warning, 3 error, 2 critical.</summary>
    private static int Priority(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => 7,
        LogLevel.Information => 6,
        LogLevel.Warning => 4,
        LogLevel.Critical => 2,
        _ => 3,
    };
}
