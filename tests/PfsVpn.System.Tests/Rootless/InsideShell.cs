using System.Diagnostics;
using System.Text;
using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Rootless;

/// <summary>A shell that runs in a tunnel, and is told line by line what to do.</summary>
public sealed class InsideShell : IAsyncDisposable
{
    private const string Mark = "=== ended with";
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private readonly StringBuilder _complaints = new();

    private InsideShell(Process process)
    {
        Process = process;
        process.ErrorDataReceived += (_, line) => Add(line.Data);
        process.BeginErrorReadLine();
    }

    /// <summary>The process of <c>pfsvpn exec</c>.</summary>
    public Process Process { get; }

    /// <summary>What <c>exec</c> said on standard error so far.</summary>
    public string Complaints
    {
        get
        {
            lock (_complaints) return _complaints.ToString();
        }
    }

    /// <summary>Starts it, and waits until the shell answers.</summary>
    public static async Task<InsideShell> StartAsync(UserWorld world)
    {
        var shell = new InsideShell(world.Start(UserWorld.Cli, "exec", "home.conf", "--", "sh"));
        await shell.RunAsync(":");
        return shell;
    }

    /// <summary>Runs one line. Returns what it printed, errors too, and its exit code.</summary>
    public async Task<(string Output, int ExitCode)> RunAsync(string line)
    {
        await Process.StandardInput.WriteAsync($"{{ {line}\n}} 2>&1; echo \"{Mark} $?\"\n");
        await Process.StandardInput.FlushAsync();
        var output = new StringBuilder();
        using var limit = new CancellationTokenSource(Bound);
        while (true)
        {
            var next = await Process.StandardOutput.ReadLineAsync(limit.Token) ?? throw new InvalidOperationException($"The shell ended: {output}{Complaints}");
            if (next.StartsWith(Mark, StringComparison.Ordinal)) return (output.ToString(), int.Parse(next.AsSpan(Mark.Length), System.Globalization.CultureInfo.InvariantCulture));
            output.AppendLine(next);
        }
    }

    /// <summary>Ends the shell. Returns the exit code of <c>exec</c>, and what it said on standard error.</summary>
    public async Task<(int ExitCode, string Complaints)> EndAsync()
    {
        Process.StandardInput.Close();
        using var limit = new CancellationTokenSource(Bound);
        await Process.WaitForExitAsync(limit.Token);
        return (Process.ExitCode, Complaints);
    }

    private void Add(string? line)
    {
        if (line is null) return;
        lock (_complaints) _complaints.AppendLine(line);
    }

    public async ValueTask DisposeAsync()
    {
        if (!Process.HasExited)
        {
            Syscalls.Signal(Process.Id, Syscalls.SIGTERM);
            await Process.WaitForExitAsync();
        }
        Process.Dispose();
    }
}
