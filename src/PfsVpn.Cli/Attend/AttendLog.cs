using System.Globalization;
using System.Text;

namespace PfsVpn.Cli.Attend;

/// <summary>What the attendant has to say, in a file of bounded size, with the time before each line. What the user's hooks write goes there, too.</summary>
/// <remarks>Threading: any thread.</remarks>
internal sealed class AttendLog : IDisposable
{
    /// <summary>A file that has grown beyond this begins anew.</summary>
    private const long MostBytes = 1 << 20;

    private const int StandardInput = 0, StandardOutput = 1, StandardError = 2;
    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly int _descriptor;

    /// <summary>Opens the file, for root only.</summary>
    /// <exception cref="CliException">It cannot be opened.</exception>
    public AttendLog(string path)
    {
        _path = path;
        _descriptor = NativeFile.OpenForAppending(path);
        if (_descriptor < 0) throw new CliException($"{path}: {NativeFile.Describe(-_descriptor)}");
    }

    /// <summary>Puts the file in the place of standard output and error, and nothing in that of the input; leaves the terminal.</summary>
    public void TakeOverStreams()
    {
        NativeProcess.LeaveTerminal();
        var nothing = NativeFile.OpenForReading("/dev/null");
        NativeProcess.Redirect(StandardInput, nothing);
        NativeProcess.Redirect(StandardOutput, _descriptor);
        NativeProcess.Redirect(StandardError, _descriptor);
        NativeFile.Close(nothing);
    }

    /// <summary>Writes a line. A disk that is full does not end the attendant.</summary>
    public void Write(string text)
    {
        lock (_lock)
        {
            // Every writer appends, so it does not matter that others have it open.
            if (new FileInfo(_path) is { Exists: true, Length: > MostBytes }) File.WriteAllBytes(_path, []);
            _ = NativeFile.WriteAll(_descriptor, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{DateTime.Now:yyyy-MM-dd HH:mm:ss} {text}\n")));
        }
    }

    /// <summary>Closes the file; the streams that were taken over stay.</summary>
    public void Dispose() => NativeFile.Close(_descriptor);
}
