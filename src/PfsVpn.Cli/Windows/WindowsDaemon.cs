using System.ComponentModel;
using System.Diagnostics;
using System.IO.Pipes;
using PfsVpn.Cli.Control;
using PfsVpn.Cli.Output;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Cli.Windows;

/// <summary>
/// The daemon of a tunnel as a child of this process. It ends in order when its life line is closed, and at once when this process does, however that happens: the system closes the job that it is in.
/// </summary>
/// <remarks>What it writes is handed on line by line. Ownership: whoever started it disposes it. Threading: one thread; lines come on others.</remarks>
internal sealed unsafe class WindowsDaemon : IDisposable
{
    private const string LifeVariable = "PFSVPN_LIFE_FD";

    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(60), LongestEnd = TimeSpan.FromSeconds(10), Pause = TimeSpan.FromMilliseconds(10);

    private readonly AnonymousPipeServerStream _life;
    private readonly Process _process;
    private readonly nint _job;

    /// <summary>What it wrote on standard error until it answered; null since.</summary>
    private List<string>? _complaints = [];

    private readonly Lock _gate = new();

    private WindowsDaemon(AnonymousPipeServerStream life, Process process, nint job) => (_life, _process, _job) = (life, process, job);

    /// <summary>Starts the daemon of an interface, and returns when it answers.</summary>
    /// <param name="host">Where the tunnel is to be, with what the daemon gets.</param>
    /// <param name="program">The daemon's file.</param>
    /// <exception cref="CliException">It cannot be started, or has ended; the message has its words.</exception>
    public static WindowsDaemon Start(TunnelHost host, string program)
    {
        var life = new AnonymousPipeServerStream(PipeDirection.Out, HandleInheritability.Inheritable);
        WindowsDaemon? daemon = null;
        try
        {
            var process = Process.Start(Describe(host, program, life.GetClientHandleAsString()))!;
            daemon = new WindowsDaemon(life, process, Join(process));
            // The other end is the daemon's alone, so that it sees the end of this one.
            life.DisposeLocalCopyOfClientHandle();
            daemon.Relay(host.Context.Error is LogLines lines ? lines.Inner : host.Context.Error);
            daemon.AwaitAnswer(host);
            return daemon;
        }
        catch (Exception failure)
        {
            if (daemon is null) life.Dispose();
            else daemon.Dispose();
            if (failure is Win32Exception refused) throw new CliException($"{program}: cannot be started: {refused.Message}");
            throw;
        }
    }

    /// <summary>Ends it in order, and at once where that takes too long.</summary>
    public void Dispose()
    {
        _life.Dispose();
        if (!_process.WaitForExit(LongestEnd)) _process.Kill();
        _process.Dispose();
        if (_job != 0) _ = Kernel32.CloseHandle(_job);
    }

    /// <summary>The variables of a process that are not the daemon's: an agent that watches the runtime, or a profiler, has no place where keys are.</summary>
    internal static bool IsKept(string variable)
    {
        string[] runtime = ["DOTNET_", "COMPlus_", "CORECLR_", "COREHOST_"];
        string[] kept = ["DOTNET_EnableHWIntrinsic", "DOTNET_EnableAVX", "DOTNET_EnableSSE", "DOTNET_EnableArm64", "DOTNET_PreferredVectorBitWidth", "DOTNET_Tiered", "DOTNET_TC_", "DOTNET_GCHeap", "DOTNET_GCgen0", "DOTNET_GCConserve"];
        return !Array.Exists(runtime, Begins) || Array.Exists(kept, Begins);

        bool Begins(string start) => variable.StartsWith(start, StringComparison.OrdinalIgnoreCase);
    }

    private static ProcessStartInfo Describe(TunnelHost host, string program, string lifeHandle)
    {
        var start = new ProcessStartInfo(program, [.. host.DaemonArguments, "--foreground", host.Interface])
        {
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var variable in start.Environment.Keys.Where(static variable => !IsKept(variable)).ToList()) start.Environment.Remove(variable);
        foreach (var (name, value) in host.DaemonVariables) start.Environment[name] = value;
        // The runtime takes this from the environment alone, before the program's first line.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        start.Environment[LifeVariable] = lifeHandle;
        return start;
    }

    /// <summary>Puts it into a job that ends with the last handle to it. Returns the handle, or 0 where this system refuses.</summary>
    private static nint Join(Process process)
    {
        var job = Kernel32.CreateJobObjectW(null, null);
        if (job == 0) return 0;
        var limits = new Kernel32.JOBOBJECT_EXTENDED_LIMIT_INFORMATION { LimitFlags = Kernel32.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE };
        if (Kernel32.SetInformationJobObject(job, Kernel32.JobObjectExtendedLimitInformation, &limits, (uint)sizeof(Kernel32.JOBOBJECT_EXTENDED_LIMIT_INFORMATION)) != 0
            && Kernel32.AssignProcessToJobObject(job, process.Handle) != 0) return job;
        _ = Kernel32.CloseHandle(job);
        return 0;
    }

    private void Relay(TextWriter output)
    {
        _process.StandardInput.Close();
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) =>
        {
            Take(line.Data);
            if (line.Data is { } text) lock (_gate) _complaints?.Add(text);
        };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();

        void Take(string? line)
        {
            if (line is null) return;
            lock (output) output.WriteLine(line);
        }
    }

    private void AwaitAnswer(TunnelHost host)
    {
        // A wait that somebody interrupts ends with the exception of that, and the daemon with it.
        if (!host.WaitUntil(() => _process.HasExited || ControlSocket.IsServed(host.Context.ControlDirectory, host.Interface), LongestStart, Pause))
            throw new CliException($"{OwnProgram.Daemon} does not answer after {LongestStart.TotalSeconds:0} seconds");
        var hasEnded = _process.HasExited;
        // Its last words may be on their way still.
        if (hasEnded) _process.WaitForExit();
        lock (_gate)
        {
            if (hasEnded) throw new CliException(_complaints is { Count: not 0 } ? string.Join('\n', _complaints) : $"{OwnProgram.Daemon} has ended (exit code {_process.ExitCode})");
            _complaints = null;
        }
    }
}
