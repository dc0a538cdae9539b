using System.Diagnostics;
using PfsVpn.Lab.Interop;
using PfsVpn.Lab.Memory.Peer;

namespace PfsVpn.Lab.Memory.Target;

/// <summary>A daemon that is started for one experiment, in a network namespace of its own, which goes with it.</summary>
/// <remarks>Any userspace WireGuard with the command line of wireguard-go. Ownership: disposing it ends the daemon.</remarks>
internal sealed class TargetDaemon : IDisposable
{
    private static int _count;

    private readonly Process _process;
    private readonly List<string> _log = [];

    private TargetDaemon(Process process, string name)
    {
        (_process, Name) = (process, name);
        process.StandardInput.Close();
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Place = new NetworkPlace(process.Id);
    }

    /// <summary>The interface.</summary>
    public string Name { get; }

    /// <summary>The process: unshare becomes the program, so it is the daemon's own.</summary>
    public int ProcessId => _process.Id;

    /// <summary>Where it is.</summary>
    public NetworkPlace Place { get; }

    /// <summary>What it said.</summary>
    public string Log
    {
        get { lock (_log) return string.Join('\n', _log); }
    }

    /// <summary>Starts a daemon and waits until it answers.</summary>
    /// <param name="program">pfsvpnd, or another with its command line.</param>
    /// <param name="withoutMemfdSecret">Whether it is to find a kernel without memfd_secret.</param>
    /// <param name="environment">Further environment variables.</param>
    /// <exception cref="LabException">It cannot be started.</exception>
    public static TargetDaemon Start(string program, bool withoutMemfdSecret, IReadOnlyDictionary<string, string>? environment = null)
    {
        var name = $"lab{Environment.ProcessId}x{Interlocked.Increment(ref _count)}";
        string[] arguments = ["--net", program, "-f", name];
        Process? process = null;
        LabException? failure = null;
        // The filter stays with the thread that sets it, and with what it starts.
        var thread = new Thread(() =>
        {
            try
            {
                if (withoutMemfdSecret) MissingMemfdSecret.Pretend();
                process = Programs.Start("unshare", arguments, environment);
            }
            catch (LabException refused)
            {
                failure = refused;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null) throw failure;
        var daemon = new TargetDaemon(process!, name);
        if (TestPeer.TryWait(() => daemon._process.HasExited || ControlClient.TryRequest(name, "get=1", out _), TimeSpan.FromSeconds(20)) && !daemon._process.HasExited) return daemon;
        var log = daemon.Log;
        daemon.Dispose();
        throw new LabException($"{program} does not start; it said:\n{log}");
    }

    /// <summary>Ends the daemon.</summary>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _ = Libc.kill(_process.Id, Libc.SIGTERM);
            if (!_process.WaitForExit(5000)) _ = Libc.kill(_process.Id, Libc.SIGKILL);
        }
        _process.WaitForExit();
        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (_log) _log.Add(line);
    }
}
