using System.Runtime.InteropServices;
using PfsVpn.Daemon.Hardening;
using PfsVpn.Daemon.Interop;

namespace PfsVpn.Daemon.Launch;

/// <summary>Starts the second stage as a child in a session of its own, and returns when it is ready, or with what it failed on.</summary>
/// <remarks>posix_spawn rather than fork: after a fork the child's runtime would have lost all its threads but one.</remarks>
internal static unsafe class BackgroundLaunch
{
    /// <summary>Returns the exit code: 0 when the interface and the control socket are there.</summary>
    /// <exception cref="StartException">The child cannot be started, or says that it failed.</exception>
    public static int Run(DaemonSettings settings)
    {
        var (readEnd, writeEnd) = OpenPipe();
        var image = ProgramImage.OfThisProcess(writeEnd);
        var nothing = FirstStage.OpenNothing();
        ProcessHardening.Apply();
        var metrics = MetricsLaunch.Run(settings, settings.KeepsOutput, nothing);
        FirstStage.KeepDescriptors(settings, writeEnd, metrics);
        var child = Spawn(image, settings.KeepsOutput, nothing);
        _ = Libc.close(writeEnd);
        if (metrics is { } lifeline) _ = Libc.close(lifeline);
        var report = StartReport.Read(readEnd);
        if (report.IsReady) return 0;
        int status;
        while (Libc.waitpid(child, &status, 0) < 0 && Marshal.GetLastPInvokeError() == Libc.EINTR)
        {
        }
        throw new StartException(report.Failure ?? $"the daemon ended before it was ready ({Ending(status)}); run it with --foreground and LOG_LEVEL=verbose to see why.");
    }

    /// <summary>A pipe whose ends are closed on execution.</summary>
    /// <exception cref="StartException">There can be none.</exception>
    public static (int ReadEnd, int WriteEnd) OpenPipe()
    {
        var ends = stackalloc int[2];
        if (Libc.pipe2(ends, Libc.O_CLOEXEC) != 0) throw new StartException($"a pipe cannot be made: {Errno.Last}.");
        return (ends[0], ends[1]);
    }

    /// <summary>Starts a program in a session of its own, with plain signals, without input, and with this process's output or none. Returns its process.</summary>
    /// <exception cref="StartException">It cannot be started.</exception>
    public static int Spawn(ProgramImage image, bool keepsOutput, int nothing)
    {
        var fileActions = stackalloc byte[Libc.SpawnObjectSizeInBytes];
        var attributes = stackalloc byte[Libc.SpawnObjectSizeInBytes];
        var signals = stackalloc byte[Libc.SignalSetSizeInBytes];
        Require(Libc.posix_spawn_file_actions_init(fileActions));
        for (var descriptor = 0; descriptor < 3; descriptor++)
        {
            var isKept = keepsOutput && descriptor != 0 && InheritedDescriptors.IsInherited(descriptor);
            if (!isKept) Require(Libc.posix_spawn_file_actions_adddup2(fileActions, nothing, descriptor));
        }
        Require(Libc.posix_spawnattr_init(attributes));
        Require(Libc.posix_spawnattr_setflags(attributes, Libc.POSIX_SPAWN_SETSID | Libc.POSIX_SPAWN_SETSIGDEF | Libc.POSIX_SPAWN_SETSIGMASK));
        _ = Libc.sigemptyset(signals);
        Require(Libc.posix_spawnattr_setsigmask(attributes, signals));
        foreach (var signal in (ReadOnlySpan<int>)[Libc.SIGINT, Libc.SIGQUIT, Libc.SIGTERM, Libc.SIGHUP, Libc.SIGPIPE]) _ = Libc.sigaddset(signals, signal);
        Require(Libc.posix_spawnattr_setsigdefault(attributes, signals));
        int child;
        Require(Libc.posix_spawn(&child, image.Path, fileActions, attributes, image.Arguments, image.Environment));
        return child;
    }

    private static void Require(int errno)
    {
        if (errno != 0) throw new StartException($"a process cannot be started in the background: {Errno.Message(errno)}.");
    }

    /// <summary>Reads a wait status: the low seven bits are the signal that ended the process, 0 for an exit, whose code is in the next byte.</summary>
    private static string Ending(int status) => (status & 0x7F) == 0 ? $"exit code {(status >> 8) & 0xFF}" : $"signal {status & 0x7F}";
}
