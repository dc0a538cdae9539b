using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace PfsVpn.PeerBench;

/// <summary>A running daemon with its interface.</summary>
internal sealed class Daemon : IDisposable
{
    private static readonly TimeSpan ReadyBound = TimeSpan.FromSeconds(15);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly DaemonProgram _program;

    private Daemon(DaemonProgram program, Process process, string interfaceName)
    {
        (_program, _process, InterfaceName) = (program, process, interfaceName);
        process.StandardInput.Close();
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The interface.</summary>
    public string InterfaceName { get; }

    /// <summary>From before the start of the process to the first answer of its control socket, to the millisecond.</summary>
    public TimeSpan TimeToReady { get; private set; }

    /// <summary>True once it ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>How it ended, with its last lines; null while it runs.</summary>
    public string? CauseOfDeath => HasExited ? $"{_program.Name} ended with {_process.ExitCode}: {LastWords}" : null;

    /// <summary>Processor seconds that all its threads have used.</summary>
    public double ProcessorSeconds => ProcFiles.ProcessSeconds(Read("stat"));

    /// <summary>Resident memory in bytes, shared pages included.</summary>
    public double ResidentBytes => ProcFiles.Kilobytes(Read("status"), "VmRSS") * 1024
        ?? throw new BenchException($"no VmRSS of {_program.Name}");

    /// <summary>Proportional memory in bytes; null where the system does not let us read it.</summary>
    public double? ProportionalBytes
    {
        get
        {
            try
            {
                return ProcFiles.Kilobytes(Read("smaps_rollup"), "Pss") * 1024;
            }
            catch (BenchException)
            {
                return null;
            }
        }
    }

    /// <summary>Starts it and waits until it answers.</summary>
    public static Daemon Start(DaemonProgram program, NetworkNamespace where, string interfaceName, CancellationToken stop)
    {
        var watch = Stopwatch.StartNew();
        var daemon = new Daemon(program, where.Start(program.Path, [.. program.Arguments, interfaceName], DaemonProgram.Environment), interfaceName);
        try
        {
            while (!ControlSocket.IsAnswering(interfaceName))
            {
                stop.ThrowIfCancellationRequested();
                daemon.DemandRunning();
                if (watch.Elapsed > ReadyBound) throw new BenchException($"{program.Name} was not ready within {ReadyBound.TotalSeconds:0} s: {daemon.LastWords}");
                Thread.Sleep(1);
            }
            daemon.TimeToReady = watch.Elapsed;
            return daemon;
        }
        catch
        {
            daemon.Dispose();
            throw;
        }
    }

    /// <summary>Fails, with its last lines, where it has ended.</summary>
    public void DemandRunning()
    {
        if (CauseOfDeath is { } cause) throw new BenchException(cause);
    }

    /// <summary>Asks it to end; kills it where it does not within a few seconds.</summary>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _ = Signals.Send(_process.Id, Signals.Terminate);
            if (!_process.WaitForExit(3000)) Shell.Kill(_process);
        }
        _process.Dispose();
        File.Delete(ControlSocket.PathOf(InterfaceName));
    }

    private string LastWords => string.Join(" | ", _lines.TakeLast(5));

    private string Read(string file)
    {
        try
        {
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{_process.Id}/{file}"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BenchException($"{file} of {_program.Name} cannot be read: {e.Message}", e);
        }
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        _lines.Enqueue(line);
        while (_lines.Count > 20) _lines.TryDequeue(out _);
    }
}
