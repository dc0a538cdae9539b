using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Cli.Windows;

namespace PfsVpn.Cli.Attend;

/// <summary>Runs the user's hooks one after the other on a thread of its own, each with a time limit, and says what failed.</summary>
/// <remarks>Ownership: whoever made it disposes it, which waits for what was added before. Threading: <see cref="Add"/> from any thread.</remarks>
internal sealed class HookRunner : IDisposable
{
    /// <summary>Hooks that wait at most; more are not run.</summary>
    private const int MostWaiting = 256;

    private readonly BlockingCollection<HookCall> _calls = new(MostWaiting);
    private readonly Action<string> _log;
    private readonly TimeSpan _limit;
    private readonly Thread _thread;

    /// <summary>Starts the thread.</summary>
    /// <param name="log">Takes what is to be said, from the runner's thread.</param>
    /// <param name="limit">How long one hook may take.</param>
    public HookRunner(Action<string> log, TimeSpan limit)
    {
        (_log, _limit) = (log, limit);
        _thread = new Thread(RunAll) { IsBackground = true, Name = "hooks" };
        _thread.Start();
    }

    /// <summary>Adds a hook behind all others.</summary>
    public void Add(HookCall call)
    {
        // Taking the tunnel up has said so.
        if (OperatingSystem.IsWindows() && !ScriptPermission.IsGiven()) return;
        if (!_calls.TryAdd(call)) _log($"hook not run, {MostWaiting} others wait already: {call.Command}");
    }

    /// <summary>Waits until all hooks have run, or were ended at their limits.</summary>
    public void Dispose()
    {
        _calls.CompleteAdding();
        _thread.Join();
        _calls.Dispose();
    }

    private void RunAll()
    {
        foreach (var call in _calls.GetConsumingEnumerable())
        {
            try
            {
                Run(call);
            }
            catch (Exception failure) when (failure is Win32Exception or InvalidOperationException or AggregateException or IOException)
            {
                _log($"hook failed: {call.Command}: {failure.Message}");
            }
        }
    }

    private void Run(HookCall call)
    {
        var start = UserShell.Describe(call.Command);
        start.RedirectStandardInput = true;
        foreach (var (name, value) in call.Environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        if (!process.WaitForExit(_limit))
        {
            process.Kill(entireProcessTree: true);
            _log(string.Create(CultureInfo.InvariantCulture, $"hook ended after {_limit.TotalSeconds:0} s: {call.Command}"));
            return;
        }
        if (process.ExitCode != 0) _log(string.Create(CultureInfo.InvariantCulture, $"hook failed with exit code {process.ExitCode}: {call.Command}"));
    }
}
