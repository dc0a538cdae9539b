using System.ComponentModel;
using System.Diagnostics;
using System.IO.Pipes;
using PfsVpn.Daemon.Launch;

namespace PfsVpn.Daemon.Windows;

/// <summary>
/// What <see cref="MetricsLaunch"/> is on Windows: <c>pfsvpn metrics</c> beside the daemon, which gives up its privileges, and ends when the daemon does, however that happens. Started before the daemon forbids
/// itself child processes. What it logs goes where the daemon's log goes.
/// </summary>
/// <remarks>References: Microsoft's page "Pipe Handle Inheritance". Ownership: whoever started it disposes it, and it ends then. Only the two pipes and the standard streams are inherited.</remarks>
internal sealed class MetricsProcess : IDisposable
{
    private const string Program = "pfsvpn.exe";

    private readonly AnonymousPipeServerStream _life;

    private MetricsProcess(AnonymousPipeServerStream life) => _life = life;

    /// <summary>Starts it and waits until it listens; null where no metrics are wanted.</summary>
    /// <exception cref="StartException">It cannot be started, or cannot listen there.</exception>
    public static MetricsProcess? Start(DaemonSettings settings)
    {
        if (settings.Metrics is null) return null;
        // The daemon's own, which nobody else is to hold.
        if (settings.LifeDescriptor is { } descriptor) WindowsStreams.KeepFromChildren(descriptor);
        var life = new AnonymousPipeServerStream(PipeDirection.Out, HandleInheritability.Inheritable);
        try
        {
            var report = Run(settings, life);
            return report.IsReady ? new MetricsProcess(life) : throw MetricsLaunch.Failed(settings, report);
        }
        catch
        {
            life.Dispose();
            throw;
        }
    }

    /// <summary>Ends it.</summary>
    public void Dispose() => _life.Dispose();

    private static StartReport Run(DaemonSettings settings, AnonymousPipeServerStream life)
    {
        using var reported = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.Inheritable);
        var program = Path.Combine(AppContext.BaseDirectory, Program);
        var start = new ProcessStartInfo(program, MetricsLaunch.Arguments(settings, life.GetClientHandleAsString(), reported.GetClientHandleAsString())) { UseShellExecute = false };
        // The runtime takes this from the environment alone, before the program's first line.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        try
        {
            using var process = Process.Start(start);
        }
        catch (Win32Exception refused)
        {
            throw new StartException($"--metrics needs the program {program}, which cannot be started: {refused.Message}");
        }
        life.DisposeLocalCopyOfClientHandle();
        reported.DisposeLocalCopyOfClientHandle();
        return StartReport.Read(reported);
    }
}
