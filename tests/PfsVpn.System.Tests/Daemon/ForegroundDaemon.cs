using System.Diagnostics;

namespace PfsVpn.SystemTests.Daemon;

/// <summary>A daemon in the foreground, with its log as it comes.</summary>
internal sealed class ForegroundDaemon : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _error;
    private readonly List<string> _log = [];

    public ForegroundDaemon(TestNamespace place, string name, params (string Name, string? Value)[] variables)
        : this(name, variables, place, Command.Pfsvpnd, "-f", name)
    {
    }

    /// <summary>Starts another command that becomes the daemon.</summary>
    public ForegroundDaemon(string name, IEnumerable<(string Name, string? Value)> variables, TestNamespace place, params string[] command)
    {
        InterfaceName = name;
        _process = Command.Start(variables, "ip", ["netns", "exec", place.Name, .. command]);
        _error = _process.StandardError.ReadToEndAsync();
    }

    public string InterfaceName { get; }

    /// <summary>Each stage executes the next in place: from ip(8) to the daemon it is one process.</summary>
    public int Process => _process.Id;

    public IReadOnlyList<string> Log => _log;

    /// <summary>Reads the log until a line contains <paramref name="text"/>.</summary>
    public string WaitForLine(string text)
    {
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            _log.Add(line);
            if (line.Contains(text, StringComparison.Ordinal)) return line;
        }
        Assert.Fail($"The daemon ended without \"{text}\": {string.Join('\n', _log)}\n{_error.Result}");
        return "";
    }

    public ForegroundDaemon WaitUntilReady()
    {
        WaitForLine("ready in ");
        return this;
    }

    public void Signal(int signal) => Assert.Equal(0, Native.kill(Process, signal));

    /// <summary>Blocks until the process has ended, and reads the rest of its log.</summary>
    public CommandResult WaitForEnd()
    {
        while (_process.StandardOutput.ReadLine() is { } line) _log.Add(line);
        _process.WaitForExit();
        return new CommandResult(_process.ExitCode, string.Join('\n', _log), _error.Result);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _ = Native.kill(Process, Native.SIGTERM);
            _process.WaitForExit();
        }
        _process.Dispose();
    }
}
