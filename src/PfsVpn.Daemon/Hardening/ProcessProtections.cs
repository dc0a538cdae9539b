using System.Diagnostics;
using PfsVpn.Crypto;
using PfsVpn.Daemon.Interop;
using PfsVpn.Daemon.Watch;
using PfsVpn.Runtime;

namespace PfsVpn.Daemon.Hardening;

/// <summary>Which protections hold, read from the system as it is, not from what was asked for.</summary>
/// <remarks>Threading: any thread. Looking costs a few dozen small files of /proc and /sys.</remarks>
internal sealed class ProcessProtections(SecretArena arena, SystemFiles? files = null)
{
    /// <summary>How long what was seen is told again: whoever asks every second gets the same list.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly SystemFiles _files = files ?? new SystemFiles();
    private IReadOnlyList<Protection>? _seen;
    private long _seenAt;
    private volatile HostWatch? _watch;

    /// <summary>What watches for sleep and clones, once it has been started.</summary>
    public HostWatch? Watch
    {
        get => _watch;
        set => _watch = value;
    }

    /// <summary>Makes this process unreadable for other processes of the same user, and gives up its core dump. The first thing the second stage does.</summary>
    public static void ForbidDumps() => _ = Libc.prctl(Libc.PR_SET_DUMPABLE, 0, 0, 0, 0);

    /// <summary>What <see cref="Read"/> saw within the last seconds, else what it sees now.</summary>
    public IReadOnlyList<Protection> ReadLately()
    {
        lock (_gate) return _seen is { } seen && Stopwatch.GetElapsedTime(_seenAt) < Lifetime ? seen : Read();
    }

    /// <summary>Looks at every thread of this process, at the process, and at the host.</summary>
    public IReadOnlyList<Protection> Read()
    {
        lock (_gate)
        {
            _seen = [.. MemoryProtections.Read(_files, arena), .. DumpProtections.Read(_files), .. ThreadProtections.Read(_files), .. HostProtections.Read(_files, Watch)];
            _seenAt = Stopwatch.GetTimestamp();
            return _seen;
        }
    }
}
