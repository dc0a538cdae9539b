using System.Text;
using PfsVpn.Daemon.Interop;

namespace PfsVpn.Daemon.Hardening;

/// <summary>What the first stage does to itself so that the second stage inherits it. Called on the thread that executes, last thing before it does.</summary>
/// <remarks>Nothing here fails: the second stage reads from the system which protections hold, and logs that (<see cref="ProcessProtections"/>).</remarks>
internal static unsafe class ProcessHardening
{
    private const ulong WantedDescriptors = 65536;

    /// <summary>Only the daemon's user may use what it makes.</summary>
    private const uint PrivateFiles = 0x3F;

    /// <summary>Limits and capabilities, no_new_privs, and plain signals.</summary>
    public static void Apply()
    {
        SetLimit(Libc.RLIMIT_CORE, 0, mayRaise: false);
        SetLimit(Libc.RLIMIT_NOFILE, WantedDescriptors, mayRaise: true);
        SetLimit(Libc.RLIMIT_MEMLOCK, Libc.RLIM_INFINITY, mayRaise: true);
        _ = Libc.umask(PrivateFiles);
        var kept = Capability.Needed;
        if (!CanBeReadWithoutPrivilege()) kept |= Capability.ReadAnything;
        ThreadCapabilities.ReduceTo(kept);
        _ = Libc.prctl(Libc.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    }

    /// <summary>
    /// A shell starts a job in the background with SIGINT ignored, and that would be inherited: the daemon is to end on it all the same. Other ignored or blocked signals
    /// go back to normal, too.
    /// </summary>
    public static void ResetSignals()
    {
        foreach (var signal in (ReadOnlySpan<int>)[Libc.SIGINT, Libc.SIGQUIT, Libc.SIGTERM, Libc.SIGHUP, Libc.SIGPIPE]) _ = Libc.signal(signal, Libc.SIG_DFL);
        var none = stackalloc byte[Libc.SignalSetSizeInBytes];
        _ = Libc.sigemptyset(none);
        _ = Libc.pthread_sigmask(Libc.SIG_SETMASK, none, null);
    }

    /// <summary>
    /// Root without CAP_DAC_OVERRIDE is subject to file modes like everybody else: a build in a home directory with mode 0700 could not be loaded by the second stage.
    /// </summary>
    private static bool CanBeReadWithoutPrivilege()
    {
        const ulong overrides = (1UL << Libc.CAP_DAC_OVERRIDE) | (1UL << Libc.CAP_DAC_READ_SEARCH);
#pragma warning disable IL3000 // Where everything is in one file there are no such locations, and the process's path is all that there is to read.
        return ThreadCapabilities.AskWithout(overrides, static () =>
            CanBeRead(Environment.ProcessPath) && CanBeRead(typeof(ProcessHardening).Assembly.Location) && CanBeRead(typeof(object).Assembly.Location));
#pragma warning restore IL3000
    }

    private static bool CanBeRead(string? path)
    {
        return string.IsNullOrEmpty(path) || SmallFile.CanBeRead(Encoding.UTF8.GetBytes(path + "\0"));
    }

    /// <summary>Sets both limits; where the hard one may not be raised, the soft one goes as high as it may.</summary>
    private static void SetLimit(int resource, ulong wanted, bool mayRaise)
    {
        Libc.struct_rlimit limit;
        if (mayRaise && Libc.getrlimit(resource, &limit) == 0 && limit.rlim_max >= wanted)
        {
            limit.rlim_cur = limit.rlim_max;
            _ = Libc.setrlimit(resource, &limit);
            return;
        }
        limit = new Libc.struct_rlimit { rlim_cur = wanted, rlim_max = wanted };
        if (Libc.setrlimit(resource, &limit) == 0 || !mayRaise || Libc.getrlimit(resource, &limit) != 0) return;
        limit.rlim_cur = limit.rlim_max;
        _ = Libc.setrlimit(resource, &limit);
    }
}
