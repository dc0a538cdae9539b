using System.Collections.Concurrent;
using System.Diagnostics;

namespace PfsVpn.SystemTests.Harness;

/// <summary>A running daemon whose output is read line by line.</summary>
public sealed class DaemonProcess : IDisposable
{
    private readonly ConcurrentQueue<string> _log = new();
    private readonly Process _process;
    private readonly string _name;
    private readonly string _key;

    public DaemonProcess(Process process, string name, Journal journal)
    {
        (_process, _name) = (process, name);
        // nsenter becomes the program, so this is the daemon's own process id.
        _key = $"process {process.Id}";
        TestRun.Register(_key, () => Signal(Syscalls.SIGKILL));
        process.StandardInput.Close();
        _process.OutputDataReceived += (_, line) => Add(line.Data, journal);
        _process.ErrorDataReceived += (_, line) => Add(line.Data, journal);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Its process id.</summary>
    public int ProcessId => _process.Id;

    /// <summary>True once it ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Every line that it printed so far.</summary>
    public IReadOnlyList<string> Log => [.. _log];

    /// <summary>Processor time that it used so far.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Resident memory in bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Throws, with its latest lines, where it has ended.</summary>
    public void DemandRunning()
    {
        if (_process.HasExited)
            throw new InvalidOperationException($"{_name} ended with exit code {_process.ExitCode}; it said:\n{string.Join('\n', Log.TakeLast(20))}");
    }

    /// <summary>Waits for a line, of those printed already too, that contains all <paramref name="parts"/>, in any case of letters.</summary>
    public Task<string> LineAsync(params string[] parts) => Wait.ForAsync(
        $"a line of {_name} with \"{string.Join("\" and \"", parts)}\"",
        () => Task.FromResult(_log.FirstOrDefault(line => parts.All(part => line.Contains(part, StringComparison.OrdinalIgnoreCase)))));

    /// <summary>Sends a signal.</summary>
    public void Signal(int signal) => _ = _process.HasExited || Syscalls.Signal(_process.Id, signal);

    /// <summary>Waits for its end, and returns the exit code.</summary>
    public async Task<int> ExitAsync()
    {
        await Wait.UntilAsync($"the end of {_name}", () => _process.HasExited);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        Signal(Syscalls.SIGKILL);
        _process.WaitForExit(5000);
        _process.Dispose();
        TestRun.Unregister(_key);
    }

    private void Add(string? line, Journal journal)
    {
        if (line is null) return;
        _log.Enqueue(line);
        journal.Add(_name, line);
    }
}
