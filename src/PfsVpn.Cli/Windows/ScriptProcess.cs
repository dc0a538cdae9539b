using System.ComponentModel;
using System.Diagnostics;
using PfsVpn.Cli.Tunnel;

namespace PfsVpn.Cli.Windows;

/// <summary>Runs a command of a tunnel's file in the user's shell, without a console.</summary>
/// <remarks>
/// The process gets no handles of this one, and nothing of its memory. What it writes is handed on line by line, for a service has no console.
/// Threading: any thread; it blocks until the command has ended.
/// </remarks>
internal static class ScriptProcess
{
    /// <summary>What it has written is there by then.</summary>
    private static readonly TimeSpan StreamGrace = TimeSpan.FromSeconds(1), Pause = TimeSpan.FromMinutes(1);

    /// <summary>Runs it and returns its exit code.</summary>
    /// <param name="command">As cmd.exe reads it.</param>
    /// <param name="variables">What it finds in its environment beside ours.</param>
    /// <param name="say">Takes its lines, from other threads.</param>
    /// <param name="interruption">Ends it and all that it started.</param>
    /// <exception cref="CliException">The shell cannot be started.</exception>
    public static int Run(string command, IReadOnlyDictionary<string, string> variables, Action<string> say, CancellationToken interruption)
    {
        try
        {
            using var process = Process.Start(Describe(command, variables))!;
            using var end = interruption.Register(() => End(process));
            using var ends = new CountdownEvent(2);
            process.OutputDataReceived += (_, line) => Take(line.Data, say, ends);
            process.ErrorDataReceived += (_, line) => Take(line.Data, say, ends);
            process.StandardInput.Close();
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            // With a limit: without one it waits also for those that have the streams from it, and go on.
            while (!process.WaitForExit(Pause))
            {
                // The interruption ends it, nothing else does.
            }
            var code = process.ExitCode;
            ends.Wait(StreamGrace, CancellationToken.None);
            process.CancelOutputRead();
            process.CancelErrorRead();
            return code;
        }
        catch (Win32Exception refused)
        {
            throw new CliException($"the shell cannot be started: {refused.Message}");
        }
    }

    /// <summary>How it is started.</summary>
    public static ProcessStartInfo Describe(string command, IReadOnlyDictionary<string, string> variables)
    {
        var start = UserShell.Describe(command);
        (start.CreateNoWindow, start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true, true);
        foreach (var (name, value) in variables) start.Environment[name] = value;
        return start;
    }

    private static void Take(string? line, Action<string> say, CountdownEvent ends)
    {
        if (line is { Length: > 0 }) say("    " + line);
        if (line is not null) return;
        try
        {
            ends.Signal();
        }
        catch (ObjectDisposedException)
        {
            // It came when nobody waited any more.
        }
    }

    private static void End(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception ended) when (ended is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It was quicker, or some of them were.
        }
    }
}
