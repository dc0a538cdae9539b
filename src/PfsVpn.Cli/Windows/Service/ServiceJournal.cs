using System.Text;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Cli.Windows.Service;

/// <summary>
/// Standard error of a service, which has no console: a file of all lines beside the tunnel's state, for the system and administrators, and of those that want attention an event in Windows' log.
/// </summary>
/// <remarks>Sizes: a file of more than 1 MiB becomes <c>service.log.1</c>, and a new one begins. Errors: a disk that is full ends no tunnel. Threading: any thread; lines come whole.</remarks>
internal sealed class ServiceJournal(string path, Action<ushort, string> report) : TextWriter
{
    /// <summary>The file's name.</summary>
    public const string FileName = "service.log";

    private const long MostBytes = 1 << 20;

    private readonly Lock _gate = new();
    private readonly StringBuilder _line = new();

    /// <inheritdoc/>
    public override Encoding Encoding => Encoding.UTF8;

    /// <inheritdoc/>
    public override void Write(char value)
    {
        lock (_gate)
        {
            if (value == '\n') EndLine();
            else if (value != '\r') _line.Append(value);
        }
    }

    /// <inheritdoc/>
    public override void Write(string? value)
    {
        lock (_gate)
        {
            foreach (var letter in value ?? "") Write(letter);
        }
    }

    /// <inheritdoc/>
    public override void WriteLine(string? value)
    {
        lock (_gate)
        {
            Write(value);
            EndLine();
        }
    }

    /// <summary>The kind of event that a line is, by its first word or its level; 0 for none.</summary>
    internal static ushort TypeOf(string line)
    {
        if (line.StartsWith("ERROR:", StringComparison.Ordinal) || line.Contains("\"level\":\"error\"", StringComparison.Ordinal) || line.Contains("\"level\":\"critical\"", StringComparison.Ordinal)) return Advapi32.EVENTLOG_ERROR_TYPE;
        return line.StartsWith("WARNING:", StringComparison.Ordinal) || line.Contains("\"level\":\"warning\"", StringComparison.Ordinal) ? Advapi32.EVENTLOG_WARNING_TYPE : (ushort)0;
    }

    private void EndLine()
    {
        var line = _line.ToString();
        _line.Clear();
        if (TypeOf(line) is var type and not 0) report(type, line);
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MostBytes }) File.Move(path, path + ".1", overwrite: true);
        }
        catch (Exception busy) when (busy is IOException or UnauthorizedAccessException)
        {
            // Somebody reads it: it grows until he has finished.
        }
        var descriptor = NativeFile.OpenForAppending(path);
        // The folder goes with the last that is remembered of the tunnel.
        if (descriptor == -NativeFile.ENOENT && TryMakeFolder()) descriptor = NativeFile.OpenForAppending(path);
        if (descriptor < 0) return;
        _ = NativeFile.WriteAll(descriptor, Encoding.GetBytes(line + "\r\n"));
        NativeFile.Close(descriptor);
    }

    private bool TryMakeFolder()
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            return true;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
