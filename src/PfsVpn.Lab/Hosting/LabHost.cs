using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace PfsVpn.Lab.Hosting;

/// <summary>A lab process seen from the experiment: started, told what to do, stopped for a look at its memory, ended.</summary>
/// <remarks>
/// The process is this very program, started again with <c>lab host</c>. Threading: one owner; <see cref="ProcessId"/> from any thread.
/// Ownership: <see cref="Dispose"/> ends the process.
/// </remarks>
internal sealed class LabHost : IDisposable
{
    /// <summary>The words that make the program a lab process.</summary>
    public static readonly string[] Words = ["lab", "host"];

    private const int EndMilliseconds = 5000;

    private readonly Process _process;
    private bool _stopped;

    private LabHost(Process process) => _process = process;

    /// <summary>The process.</summary>
    public int ProcessId => _process.Id;

    /// <summary>The program to start: this one, or, in tests, the one that was built beside them.</summary>
    public static string Program { get; } = Path.GetFileName(Environment.ProcessPath) == "pfsvpn" ? Environment.ProcessPath! : Path.Combine(AppContext.BaseDirectory, "pfsvpn");

    /// <summary>Starts a process whose device has no key yet.</summary>
    /// <param name="settings">How it hosts its device.</param>
    /// <param name="environment">Further environment variables.</param>
    /// <param name="program">Another build of this program; null for <see cref="Program"/>.</param>
    /// <param name="folder">Where it runs, and so leaves a core; null for here.</param>
    /// <exception cref="LabException">It cannot be started.</exception>
    public static LabHost Start(LabHostSettings settings, IReadOnlyDictionary<string, string>? environment = null, string? program = null, string? folder = null)
    {
        var start = new ProcessStartInfo(program ?? Program)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = folder ?? "",
        };
        foreach (var word in (string[])[.. Words, .. settings.ToWords()]) start.ArgumentList.Add(word);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal)) start.Environment[name] = value;
        try
        {
            return new LabHost(Process.Start(start) ?? throw new LabException($"{Program} was not started."));
        }
        catch (System.ComponentModel.Win32Exception failure)
        {
            throw new LabException($"{Program} cannot be started: {failure.Message}", failure);
        }
    }

    /// <summary>Sets something: the lines of a <c>set=1</c> of the control interface, without that line and the blank one.</summary>
    /// <exception cref="LabException">It is refused, or the process is gone.</exception>
    public void Set(params IEnumerable<string> lines) => Ask($"set=1\n{string.Concat(lines.Select(static line => line + "\n"))}\n");

    /// <summary>The state as the control interface tells it, without the <c>errno</c>.</summary>
    public IReadOnlyList<string> Get() => Ask("get=1\n\n");

    /// <summary>The status, parsed.</summary>
    public JsonElement Status()
    {
        using var json = JsonDocument.Parse(Ask("status=1\n\n")[0]);
        return json.RootElement.Clone();
    }

    /// <summary>The UDP port that the device has; waits until it has one.</summary>
    public ushort Port()
    {
        while (true)
        {
            var port = Status().GetProperty("listen_port").GetInt32();
            if (port != 0) return (ushort)port;
            Thread.Sleep(1);
        }
    }

    /// <summary>Sends this many inner packets a second from now on, 0 for none.</summary>
    public void SetTraffic(int packetsPerSecond) => Ask(string.Create(CultureInfo.InvariantCulture, $"lab traffic={packetsPerSecond}\n"));

    /// <summary>Sends a number of inner packets now, with a marker of at most 64 bytes as their text, or none.</summary>
    public void Send(int count, ReadOnlySpan<byte> marker = default) =>
        Ask(string.Create(CultureInfo.InvariantCulture, $"lab send={count}{(marker.IsEmpty ? "" : " " + Convert.ToHexString(marker))}\n"));

    /// <summary>Inner packets sent and received so far.</summary>
    public (long Sent, long Received) Counts()
    {
        var lines = Ask("lab counts\n");
        return (Number(lines, "sent="), Number(lines, "received="));
    }

    /// <summary>Whether a thread of the process collects the managed heap over and over.</summary>
    public void SetCollecting(bool collecting) => Ask($"lab collect={(collecting ? 1 : 0)}\n");

    /// <summary>Stops all of its threads where they are.</summary>
    public void Freeze()
    {
        // A process that stands still does not see that its input has ended: whatever ends this program ends it too.
        if (!_stopped) AppDomain.CurrentDomain.ProcessExit += KillAtExit;
        _stopped = true;
        LabProcess.Signal(ProcessId, LabProcess.SIGSTOP);
        LabProcess.AwaitStopped(ProcessId);
    }

    /// <summary>Lets it go on.</summary>
    public void Resume()
    {
        LabProcess.Signal(ProcessId, LabProcess.SIGCONT);
        AppDomain.CurrentDomain.ProcessExit -= KillAtExit;
        _stopped = false;
    }

    /// <summary>Kills it at once: nothing is erased.</summary>
    public void Kill() => LabProcess.Signal(ProcessId, LabProcess.SIGKILL);

    /// <summary>Waits for its end; false where the time is over.</summary>
    public bool AwaitEnd(TimeSpan limit) => _process.WaitForExit(limit);

    /// <summary>Ends it.</summary>
    public void Dispose()
    {
        if (_stopped) Resume();
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It is gone already.
        }
        if (!_process.WaitForExit(EndMilliseconds)) _process.Kill();
        _process.Dispose();
    }

    private void KillAtExit(object? sender, EventArgs arguments) => Kill();

    private List<string> Ask(string request)
    {
        try
        {
            _process.StandardInput.Write(request);
            _process.StandardInput.Flush();
            return ReadAnswer(request);
        }
        catch (IOException failure)
        {
            throw new LabException($"The lab process {ProcessId} is gone: {failure.Message}", failure);
        }
    }

    private List<string> ReadAnswer(string request)
    {
        var lines = new List<string>();
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            if (line.StartsWith("errno=", StringComparison.Ordinal))
            {
                _process.StandardOutput.ReadLine();
                return line == "errno=0" ? lines : throw new LabException($"The lab process refused `{request.Split('\n')[0]}' with {line}.");
            }
            lines.Add(line);
        }
        throw new LabException($"The lab process {ProcessId} has ended.");
    }

    private static long Number(List<string> lines, string key) =>
        long.Parse(lines.First(line => line.StartsWith(key, StringComparison.Ordinal)).AsSpan(key.Length), NumberStyles.None, CultureInfo.InvariantCulture);
}
