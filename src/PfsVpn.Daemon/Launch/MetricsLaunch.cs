using System.Globalization;
using PfsVpn.Daemon.Interop;
using PfsVpn.Daemon.Logging;

namespace PfsVpn.Daemon.Launch;

/// <summary>
/// Starts <c>pfsvpn metrics</c> beside the daemon: what listens for scrapes is not the process that holds keys. It has fewer rights than the daemon, which is why it is started after
/// the first stage has given up most of its own, and it ends when the daemon does, however that happens: it holds one end of a pipe whose other end only the daemon has.
/// </summary>
/// <remarks>Nobody starts it again where it fails later; the daemon goes on without it. configs/pfsvpn-metrics.service is a metrics process that systemd looks after.</remarks>
internal static class MetricsLaunch
{
    private const string Program = "pfsvpn";

    /// <summary>Starts it and waits until it listens. Returns the end of the pipe that the second stage inherits; null where no metrics are wanted.</summary>
    /// <exception cref="StartException">It cannot be started, or cannot listen there.</exception>
    public static int? Run(DaemonSettings settings, bool keepsOutput, int nothing)
    {
        if (settings.Metrics is null) return null;
        var (watched, held) = BackgroundLaunch.OpenPipe();
        var (reported, reporting) = BackgroundLaunch.OpenPipe();
        // Neither the TUN nor the control socket that somebody handed over is for it; what the second stage keeps is marked anew.
        InheritedDescriptors.KeepOnly(watched, reporting);
        _ = BackgroundLaunch.Spawn(ProgramImage.Of(Find(), Arguments(settings, Text(watched), Text(reporting))), keepsOutput, nothing);
        _ = Libc.close(watched);
        _ = Libc.close(reporting);
        var report = StartReport.Read(reported);
        return report.IsReady ? held : throw Failed(settings, report);
    }

    /// <summary>The words behind the program.</summary>
    /// <param name="settings">The daemon's; it wants metrics.</param>
    /// <param name="watched">The descriptor of the pipe that ends with the daemon.</param>
    /// <param name="reporting">The descriptor of the pipe for the report.</param>
    public static string[] Arguments(DaemonSettings settings, string watched, string reporting)
    {
        string[] format = settings.LogFormat switch
        {
            LogFormat.Json => ["--log-format", "json"],
            LogFormat.Text => ["--log-format", "text"],
            _ => [], // it finds out by itself whether the journal reads it
        };
        return ["metrics", settings.InterfaceName, "--listen", settings.Metrics!, "--ends-with", watched, "--report-to", reporting, .. format];
    }

    /// <summary>What is wrong where it did not report that it listens.</summary>
    public static StartException Failed(DaemonSettings settings, StartReport report) =>
        new($"metrics: {report.Failure ?? $"{Program} ended before it listened; run it alone to see why: {Program} metrics --listen {settings.Metrics}"}");

    /// <summary>The command line program: beside this one, as it is installed, or in PATH.</summary>
    private static string Find()
    {
        var beside = Path.GetDirectoryName(Environment.ProcessPath) ?? "";
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Prepend(AppContext.BaseDirectory).Prepend(beside);
        return folders.Select(static folder => Path.Combine(folder, Program)).FirstOrDefault(File.Exists)
            ?? throw new StartException($"--metrics needs the program {Program}, which is neither beside pfsvpnd nor in PATH.");
    }

    private static string Text(int descriptor) => descriptor.ToString(CultureInfo.InvariantCulture);
}
