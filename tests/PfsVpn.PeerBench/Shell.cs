using System.ComponentModel;
using System.Diagnostics;

namespace PfsVpn.PeerBench;

/// <summary>Runs programs, each within a bound of time.</summary>
internal static class Shell
{
    /// <summary>Enough for any command that only sets something.</summary>
    public static readonly TimeSpan Short = TimeSpan.FromSeconds(10);

    /// <summary>Runs a program and returns what it printed; an exit code other than 0 and a run beyond the bound are failures.</summary>
    public static async Task<string> RunAsync(string program, IReadOnlyList<string> arguments, TimeSpan bound, CancellationToken stop, string? input = null)
    {
        using var process = Start(program, arguments);
        var output = process.StandardOutput.ReadToEndAsync(stop);
        var error = process.StandardError.ReadToEndAsync(stop);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(bound);
        try
        {
            if (input is not null) await process.StandardInput.WriteAsync(input.AsMemory(), limit.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(limit.Token);
            await Task.WhenAll(output, error).WaitAsync(TimeSpan.FromSeconds(2), limit.Token);
        }
        catch (OperationCanceledException e) when (!stop.IsCancellationRequested)
        {
            throw new BenchException($"{Describe(program, arguments)} did not end within {bound.TotalSeconds:0} s", e);
        }
        catch (TimeoutException e)
        {
            throw new BenchException($"{Describe(program, arguments)} left its output open", e);
        }
        finally
        {
            Kill(process);
        }
        return process.ExitCode == 0
            ? output.Result
            : throw new BenchException($"{Describe(program, arguments)} ended with {process.ExitCode}: {Shorten(error.Result + output.Result)}");
    }

    /// <summary>Starts a program with all three streams as pipes.</summary>
    public static Process Start(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal)) start.Environment[name] = value;
        try
        {
            return Process.Start(start) ?? throw new BenchException("cannot start " + program);
        }
        catch (Win32Exception e)
        {
            throw new BenchException($"cannot start {program}: {e.Message}", e);
        }
    }

    /// <summary>Ends a process that still runs, at once, and waits for its end.</summary>
    public static void Kill(Process process)
    {
        try
        {
            if (process.HasExited) return;
            process.Kill();
            process.WaitForExit(5000);
        }
        catch (InvalidOperationException)
        {
            // It ended by itself just now.
        }
    }

    private static string Describe(string program, IReadOnlyList<string> arguments) =>
        Path.GetFileName(program) + " " + string.Join(' ', arguments.Where(a => !a.StartsWith("--net=", StringComparison.Ordinal)));

    private static string Shorten(string text) => text.Length <= 300 ? text.Trim().ReplaceLineEndings(" ") : text[..300].Trim().ReplaceLineEndings(" ") + " ...";
}
