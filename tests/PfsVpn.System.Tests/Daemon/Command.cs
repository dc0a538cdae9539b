using System.Diagnostics;
using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Daemon;

/// <summary>Runs commands.</summary>
internal static class Command
{
    /// <summary>The daemon that was built with these tests, or the one that <c>PFSVPN_DAEMON</c> names.</summary>
    public static string Pfsvpnd => Programs.Daemon;

    /// <summary>The command line program that was built with these tests.</summary>
    public static string Pfsvpn => Programs.Cli;

    /// <summary>Runs a command to its end.</summary>
    public static CommandResult Run(string program, params string[] arguments) => Run([], program, arguments);

    /// <summary>Runs a command to its end, with more environment variables (null: without).</summary>
    public static CommandResult Run(IEnumerable<(string Name, string? Value)> variables, string program, params string[] arguments)
    {
        using var process = Start(variables, program, arguments);
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new CommandResult(process.ExitCode, output, error.Result);
    }

    /// <summary>Runs a command that has to succeed.</summary>
    public static string Require(string program, params string[] arguments)
    {
        var result = Run(program, arguments);
        Assert.True(result.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {result}");
        return result.Output;
    }

    /// <summary>Starts a command; the caller disposes it.</summary>
    public static Process Start(IEnumerable<(string Name, string? Value)> variables, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in (ReadOnlySpan<string>)["LOG_LEVEL", "JOURNAL_STREAM", "WG_TUN_FD", "WG_UAPI_FD", "WG_PROCESS_FOREGROUND"]) start.Environment.Remove(name);
        foreach (var (name, value) in variables)
        {
            if (value is null) start.Environment.Remove(name);
            else start.Environment[name] = value;
        }
        return Process.Start(start) ?? throw new InvalidOperationException($"{program} was not started.");
    }
}
