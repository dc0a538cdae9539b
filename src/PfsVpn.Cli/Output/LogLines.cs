using System.Text;

namespace PfsVpn.Cli.Output;

/// <summary>
/// Standard error of a run, line by line. On a terminal or in a file it is what was written; in the journal each line has its priority; for a service that logs JSON each is an object.
/// </summary>
/// <param name="inner">Where lines go in the end.</param>
/// <param name="isJournal">Whether that is the journal.</param>
/// <param name="clock">The wall clock.</param>
/// <param name="isService">Whether it is the log of a service without the journal, whose lines have times.</param>
/// <remarks>A line that begins with <c>Warning:</c> is a warning; what <see cref="Fail"/> writes is an error. Threading: any thread.</remarks>
internal sealed class LogLines(TextWriter inner, bool isJournal, TimeProvider clock, bool isService = false) : TextWriter
{
    private const string WarningMark = "Warning:";

    private readonly Lock _gate = new();
    private readonly StringBuilder _line = new();
    private ServiceLog? _log = isJournal ? new ServiceLog(inner, "", LogFormat.Text, isJournal: true, clock) : null;

    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <summary>Where lines go in the end, for those that are made already.</summary>
    public TextWriter Inner => inner;

    /// <summary>From now on lines are those of a service.</summary>
    /// <param name="format">How they look. Text outside of the journal stays as it is.</param>
    /// <param name="name">The interface they are about.</param>
    public void Use(LogFormat format, string name)
    {
        lock (_gate) _log = format == LogFormat.Text && !isJournal && !isService ? null : new ServiceLog(inner, name, format, isJournal, clock);
    }

    /// <summary>Writes why the program fails.</summary>
    public void Fail(string message)
    {
        lock (_gate)
        {
            EndLine();
            if (_log is null) inner.WriteLine(message);
            else foreach (var line in message.Split('\n')) _log.Error(line);
        }
    }

    /// <inheritdoc/>
    public override void Write(char value) => Write([value]);

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    /// <inheritdoc/>
    public override void Write(string? value) => Write(value.AsSpan());

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Write(value + "\n");

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer)
    {
        lock (_gate)
        {
            if (_log is null)
            {
                inner.Write(buffer);
                return;
            }
            for (var end = buffer.IndexOf('\n'); end >= 0; end = buffer.IndexOf('\n'))
            {
                _line.Append(buffer[..end]);
                buffer = buffer[(end + 1)..];
                EndLine();
            }
            _line.Append(buffer);
        }
    }

    /// <inheritdoc/>
    public override void Flush()
    {
        lock (_gate)
        {
            EndLine();
            inner.Flush();
        }
    }

    private void EndLine()
    {
        if (_line.Length == 0) return;
        var text = _line.ToString();
        _line.Clear();
        if (text.StartsWith(WarningMark, StringComparison.Ordinal)) _log!.Warn(text[WarningMark.Length..].TrimStart());
        else _log!.Info(text);
    }
}
