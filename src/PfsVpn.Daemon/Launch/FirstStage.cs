using PfsVpn.Daemon.Hardening;
using PfsVpn.Daemon.Interop;

namespace PfsVpn.Daemon.Launch;

/// <summary>
/// Prepares the process and executes the program once more: in place in the foreground, as a child with a session of its own in the background.
/// Capabilities and no_new_privs belong to threads, and the runtime has started several before Main: only an execution gives all of them the same. It
/// holds no secret and touches neither interface nor socket.
/// </summary>
internal static class FirstStage
{
    /// <summary>Returns the exit code; in the foreground only where it fails.</summary>
    /// <exception cref="StartException">The daemon cannot be started.</exception>
    public static int Run(DaemonSettings settings)
    {
        if (settings.UapiDescriptor is null) LiveSocket.Refuse(settings.InterfaceName);
        RequireOpen("WG_TUN_FD", settings.TunDescriptor);
        RequireOpen("WG_UAPI_FD", settings.UapiDescriptor);
        RequireOpen("PFSVPN_LIFE_FD", settings.LifeDescriptor);
        return settings.Foreground ? ExecuteInPlace(settings) : BackgroundLaunch.Run(settings);
    }

    /// <summary>The descriptors that the second stage inherits besides 0, 1 and 2.</summary>
    public static void KeepDescriptors(DaemonSettings settings, int? report, int? metrics)
    {
        List<int> kept = [];
        foreach (var descriptor in (ReadOnlySpan<int?>)[settings.TunDescriptor, settings.UapiDescriptor, settings.LifeDescriptor, report, metrics])
        {
            if (descriptor is { } number) kept.Add(number);
        }
        InheritedDescriptors.KeepOnly([.. kept]);
    }

    private static unsafe int ExecuteInPlace(DaemonSettings settings)
    {
        var image = ProgramImage.OfThisProcess(reportTo: null);
        var nothing = OpenNothing();
        DiagnosticsFiles.RemoveOwn();
        ProcessHardening.Apply();
        ProcessHardening.ResetSignals();
        var metrics = MetricsLaunch.Run(settings, keepsOutput: true, nothing);
        // What the process was started without becomes /dev/null, so that no socket of ours ever gets the number of a standard stream.
        var missing = stackalloc bool[3];
        for (var descriptor = 0; descriptor < 3; descriptor++) missing[descriptor] = !InheritedDescriptors.IsInherited(descriptor);
        KeepDescriptors(settings, report: null, metrics);
        for (var descriptor = 0; descriptor < 3; descriptor++)
        {
            if (!missing[descriptor]) continue;
            if (nothing == descriptor) _ = Libc.fcntl(descriptor, Libc.F_SETFD, 0);
            else _ = Libc.dup2(nothing, descriptor);
        }
        image.Execute();
        throw new StartException($"the program cannot execute itself: {Errno.Last}.");
    }

    /// <summary>Opens /dev/null, to be closed on execution.</summary>
    /// <exception cref="StartException">There is none.</exception>
    public static unsafe int OpenNothing()
    {
        fixed (byte* path = "/dev/null\0"u8)
        {
            var descriptor = Libc.open(path, Libc.O_RDWR | Libc.O_CLOEXEC);
            return descriptor >= 0 ? descriptor : throw new StartException($"/dev/null cannot be opened: {Errno.Last}.");
        }
    }

    private static void RequireOpen(string name, int? descriptor)
    {
        if (descriptor is { } number && !InheritedDescriptors.IsInherited(number))
            throw new StartException($"{name}={number}: this process was not given a descriptor {number}.");
    }
}
