using System.ComponentModel;
using System.Diagnostics;

namespace PfsVpn.Cli.Windows;

/// <summary>Runs a command of a tunnel's file in cmd.exe, the one of the system's folder.</summary>
/// <remarks>
/// References: Microsoft's page "cmd". The process gets no handles of this one, and nothing of its memory. What it writes is handed on line by line, for a service has no console.
/// Threading: any thread; it blocks until the command has ended.
/// </remarks>
internal static class ScriptProcess
{
    /// <summary>Runs it and returns its exit code.</summary>
    /// <param name="command">As cmd.exe reads it.</param>
    /// <param name="variables">What it finds in its environment beside ours.</param>
    /// <param name="say">Takes its lines, from other threads.</param>
    /// <param name="interruption">Ends it and all that it started.</param>
    /// <exception cref="CliException">cmd.exe cannot be started.</exception>
    public static int Run(string command, IReadOnlyDictionary<string, string> variables, Action<string> say, CancellationToken interruption)
    {
        try
        {
            using var process = Process.Start(Describe(command, variables))!;
            using var end = interruption.Register(() => End(process));
            process.OutputDataReceived += (_, line) => Say(line.Data, say);
            process.ErrorDataReceived += (_, line) => Say(line.Data, say);
            process.StandardInput.Close();
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (Win32Exception refused)
        {
            throw new CliException($"cmd.exe cannot be started: {refused.Message}");
        }
    }

    /// <summary>How it is started. With /s, cmd.exe takes the first and the last quotation mark off, and leaves all between as it is.</summary>
    public static ProcessStartInfo Describe(string command, IReadOnlyDictionary<string, string> variables)
    {
        var start = new ProcessStartInfo(Path.Combine(Environment.SystemDirectory, "cmd.exe"), $"/d /s /c \"{command}\"")
        {
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in variables) start.Environment[name] = value;
        return start;
    }

    private static void Say(string? line, Action<string> say)
    {
        if (!string.IsNullOrEmpty(line)) say("    " + line);
    }

    private static void End(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception ended) when (ended is InvalidOperationException or Win32Exception)
        {
            // It was quicker.
        }
    }
}
