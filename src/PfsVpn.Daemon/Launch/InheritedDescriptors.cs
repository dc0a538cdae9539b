using System.Globalization;
using PfsVpn.Daemon.Interop;

namespace PfsVpn.Daemon.Launch;

/// <summary>Decides which descriptors the second stage inherits: 0, 1, 2 and those that are named, nothing else.</summary>
/// <remarks>Nothing is closed here, only marked: the runtime of the first stage still needs its descriptors.</remarks>
internal static unsafe class InheritedDescriptors
{
    private const int FirstBeyondStandard = 3;

    /// <summary>Marks every descriptor above 2 to be closed on execution, but not <paramref name="kept"/>.</summary>
    /// <exception cref="StartException">One of those to keep is not open.</exception>
    public static void KeepOnly(params ReadOnlySpan<int> kept)
    {
        if (Libc.syscall(Libc.SYS_close_range, FirstBeyondStandard, int.MaxValue, Libc.CLOSE_RANGE_CLOEXEC) != 0) MarkOneByOne();
        foreach (var descriptor in kept)
        {
            if (Libc.fcntl(descriptor, Libc.F_SETFD, 0) != 0) throw new StartException($"descriptor {descriptor} cannot be handed on: {Errno.Last}.");
        }
    }

    /// <summary>Whether the process was started with this descriptor open: the runtime's own are all marked to be closed on execution.</summary>
    public static bool IsInherited(int descriptor)
    {
        var flags = Libc.fcntl(descriptor, Libc.F_GETFD, 0);
        return flags >= 0 && (flags & Libc.FD_CLOEXEC) == 0;
    }

    /// <summary>Before Linux 5.11 close_range cannot mark.</summary>
    private static void MarkOneByOne()
    {
        foreach (var entry in Directory.GetFileSystemEntries("/proc/self/fd"))
        {
            if (int.TryParse(Path.GetFileName(entry), NumberStyles.None, CultureInfo.InvariantCulture, out var descriptor) && descriptor >= FirstBeyondStandard)
                _ = Libc.fcntl(descriptor, Libc.F_SETFD, Libc.FD_CLOEXEC);
        }
    }
}
