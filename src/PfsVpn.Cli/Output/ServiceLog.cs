using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace PfsVpn.Cli.Output;

/// <summary>
/// The log of a command that runs on as a service, in the manner of the daemon's: <c>INFO: (name) 2026/11/21 15:34:17 text</c>, for the journal <c>&lt;6&gt;(name) text</c>, or one JSON object
/// a line.
/// </summary>
/// <param name="writer">Where lines go.</param>
/// <param name="name">What it is about: an interface, or the command.</param>
/// <param name="format">How lines look.</param>
/// <param name="isJournal">Whether the journal reads them: it has times of its own, and wants priorities.</param>
/// <param name="clock">The wall clock.</param>
/// <remarks>Threading: any thread. References: sd-daemon(3).</remarks>
internal sealed class ServiceLog(TextWriter writer, string name, LogFormat format, bool isJournal, TimeProvider clock)
{
    private readonly Lock _gate = new();

    /// <summary>The log of a command: to its standard error, which it asks whether it is the journal's.</summary>
    public static ServiceLog Of(CliContext context, string name, LogFormat format)
    {
        var writer = context.Error is LogLines lines ? lines.Inner : context.Error;
        return new ServiceLog(writer, name, format, IsJournal(context.Environment), context.Clock);
    }

    /// <summary>Whether standard error is the journal's stream. The variable alone does not say so: those inherit it, too, whose output goes elsewhere.</summary>
    public static bool IsJournal(Func<string, string?> variable)
    {
        const int StandardError = 2;
        return variable("JOURNAL_STREAM") is { Length: > 0 } stream && NativeFile.IdentityOf(StandardError) == stream;
    }

    /// <summary>Says what happens.</summary>
    public void Info(string text) => Write(LogPriority.Information, text);

    /// <summary>Says what wants attention.</summary>
    public void Warn(string text) => Write(LogPriority.Warning, text);

    /// <summary>Says what failed.</summary>
    public void Error(string text) => Write(LogPriority.Error, text);

    /// <summary>Writes one line: nothing in the text can begin another.</summary>
    public void Write(LogPriority priority, string text)
    {
        var line = format == LogFormat.Json ? ToJson(priority, text) : ToText(priority, text);
        lock (_gate)
        {
            writer.WriteLine(line);
            writer.Flush();
        }
    }

    private string ToText(LogPriority priority, string text)
    {
        var clean = string.Create(text.Length, text, static (span, text) =>
        {
            for (var i = 0; i < span.Length; i++) span[i] = char.IsControl(text[i]) ? ' ' : text[i];
        });
        var about = name.Length == 0 ? "" : $"({name}) ";
        if (isJournal) return string.Create(CultureInfo.InvariantCulture, $"<{(int)priority}>{about}{clean}");
        var word = priority switch
        {
            LogPriority.Error => "ERROR",
            LogPriority.Warning => "WARNING",
            _ => "INFO",
        };
        return string.Create(CultureInfo.InvariantCulture, $"{word}: {about}{clock.GetLocalNow():yyyy/MM/dd HH:mm:ss} {clean}");
    }

    private string ToJson(LogPriority priority, string text)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("time", clock.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
            json.WriteString("level", priority switch
            {
                LogPriority.Error => "error",
                LogPriority.Warning => "warning",
                _ => "info",
            });
            if (name.Length != 0) json.WriteString("interface", name);
            json.WriteString("message", text);
            json.WriteEndObject();
        }
        // The journal takes the priority off again; a collector of its fields finds the object in the message.
        return (isJournal ? string.Create(CultureInfo.InvariantCulture, $"<{(int)priority}>") : "") + Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
