using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace PfsVpn.SystemTests.Harness;

/// <summary>What a program printed and how it ended.</summary>
public sealed record ShellResult(string Command, int ExitCode, string Output, string Error)
{
    /// <summary>Everything, for a failure message.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"$ {Command}\nexit code {ExitCode}\n{Output}{Error}");
}

/// <summary>Runs programs with a bound on their time, captures what they print, and fails with it in the message.</summary>
public static class Shell
{
    private static readonly TimeSpan DefaultBound = TimeSpan.FromSeconds(60);

    /// <summary>Runs a program; any exit code other than 0 is a failure.</summary>
    public static async Task<string> RunAsync(string program, params string[] arguments) =>
        Checked(await TryRunAsync(program, arguments)).Output;

    /// <summary>Runs a program with text on its standard input; any exit code other than 0 is a failure.</summary>
    public static async Task<string> RunWithInputAsync(string input, string program, params string[] arguments) =>
        Checked(await TryRunAsync(program, arguments, input)).Output;

    /// <summary>Runs a program, whatever its exit code.</summary>
    public static async Task<ShellResult> TryRunAsync(
        string program, IReadOnlyList<string> arguments, string? input = null, IReadOnlyDictionary<string, string>? environment = null, TimeSpan? bound = null)
    {
        var command = program + " " + string.Join(' ', arguments);
        using var process = Start(program, arguments, environment);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (input is not null) await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(bound ?? DefaultBound);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"$ {command}\ndid not end within {(bound ?? DefaultBound).TotalSeconds} s", e);
        }
        // A daemon that a script left behind may hold the pipes open: what is there is enough then.
        await Task.WhenAny(Task.WhenAll(output, error), Task.Delay(2000));
        return new ShellResult(command, process.ExitCode, Read(output), Read(error));
    }

    /// <summary>Fails on any exit code other than 0.</summary>
    public static ShellResult Checked(ShellResult result) =>
        result.ExitCode == 0 ? result : throw new InvalidOperationException("A command failed:\n" + result);

    /// <summary>Starts a program with all three streams as pipes.</summary>
    public static Process Start(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(Requirements.Find(program) ?? program)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        // The test host's own settings of the runtime are not those of the programs under test.
        foreach (var name in start.Environment.Keys.Where(n => n.StartsWith("COREHOST_", StringComparison.Ordinal) || n.StartsWith("CORECLR_", StringComparison.Ordinal)).ToArray())
            start.Environment.Remove(name);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal)) start.Environment[name] = value;
        try
        {
            return Process.Start(start) ?? throw new InvalidOperationException("cannot start " + program);
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException($"cannot start {program}: {e.Message}", e);
        }
    }

    private static string Read(Task<string> stream) => stream.IsCompletedSuccessfully ? stream.Result : "(its pipe is still open)";
}
