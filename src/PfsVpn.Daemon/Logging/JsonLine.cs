using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace PfsVpn.Daemon.Logging;

/// <summary>A line of the log as a JSON object: <c>time</c>, <c>level</c>, <c>interface</c>, <c>event_id</c>, <c>event</c> where it has a name, <c>message</c>.</summary>
/// <remarks>
/// The time is UTC, RFC 3339 with milliseconds. A line is never cut inside: a message that is too long is shortened, and the object is whole.
/// Threading: one thread at a time.
/// </remarks>
internal sealed class JsonLine : IDisposable
{
    /// <summary>Room for everything around the message, whose characters may each take six bytes.</summary>
    private const int Around = 512, LongestCharacter = 6;

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ArrayBufferWriter<byte> _buffer = new(1024);
    private readonly Utf8JsonWriter _json;

    public JsonLine() => _json = new Utf8JsonWriter(_buffer, Options);

    /// <summary>Writes an object into <paramref name="line"/>, without the line feed; returns its length.</summary>
    public int Write(Span<byte> line, DateTimeOffset time, LogLevel level, EventId id, string interfaceName, ReadOnlySpan<char> message)
    {
        var length = Format(time, level, id, interfaceName, message);
        if (length > line.Length)
        {
            var kept = message[..Math.Min(message.Length, Math.Max(0, (line.Length - Around) / LongestCharacter))];
            length = Format(time, level, id, interfaceName, kept.Length > 0 && char.IsHighSurrogate(kept[^1]) ? kept[..^1] : kept);
        }
        _buffer.WrittenSpan.CopyTo(line);
        return length;
    }

    /// <inheritdoc/>
    public void Dispose() => _json.Dispose();

    private int Format(DateTimeOffset time, LogLevel level, EventId id, string interfaceName, ReadOnlySpan<char> message)
    {
        _buffer.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteString("time"u8, time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        _json.WriteString("level"u8, Word(level));
        _json.WriteString("interface"u8, interfaceName);
        _json.WriteNumber("event_id"u8, id.Id);
        if (id.Name is { } name) _json.WriteString("event"u8, name);
        _json.WriteString("message"u8, message);
        _json.WriteEndObject();
        _json.Flush();
        return _buffer.WrittenCount;
    }

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warning",
        LogLevel.Critical => "critical",
        _ => "error",
    };
}
