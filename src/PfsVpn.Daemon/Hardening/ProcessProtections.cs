using System.Globalization;
using System.Text;
using PfsVpn.Daemon.Interop;

namespace PfsVpn.Daemon.Hardening;

/// <summary>Which protections hold, read from the system after every thread has been started, not from what was asked for.</summary>
internal sealed class ProcessProtections
{
    private readonly List<string> _held = [];
    private readonly List<string> _missing = [];

    private ProcessProtections()
    {
    }

    /// <summary>Whether nothing is missing.</summary>
    public bool AllHold => _missing.Count == 0;

    /// <summary>One line for the log.</summary>
    public string Description => AllHold
        ? $"protections: {string.Join(", ", _held)}"
        : $"protections: {string.Join(", ", _held)}; MISSING: {string.Join(", ", _missing)}";

    /// <summary>Makes this process unreadable for other processes of the same user, and gives up its core dump. The first thing the second stage does.</summary>
    public static void ForbidDumps() => _ = Libc.prctl(Libc.PR_SET_DUMPABLE, 0, 0, 0, 0);

    /// <summary>Looks at every thread of this process.</summary>
    public static ProcessProtections Read()
    {
        var protections = new ProcessProtections();
        protections.ReadThreads();
        protections.ReadProcess();
        return protections;
    }

    private void ReadThreads()
    {
        ulong permitted = 0, bounding = 0;
        var threads = 0;
        var noNewPrivileges = true;
        foreach (var thread in Directory.GetDirectories("/proc/self/task"))
        {
            if (SmallFile.Read(Encoding.UTF8.GetBytes(thread + "/status\0")) is not { } status) continue; // it ended meanwhile
            threads++;
            permitted |= HexValue(status, "\nCapPrm:"u8);
            bounding |= HexValue(status, "\nCapBnd:"u8);
            noNewPrivileges &= HexValue(status, "\nNoNewPrivs:"u8) == 1;
        }
        const ulong allowed = Capability.Needed | Capability.ReadAnything;
        Add((permitted & ~allowed) == 0, $"capabilities {Capability.Names(permitted)} on all {threads} threads", $"capabilities {Capability.Names(permitted)} could not be reduced");
        Add((bounding & ~allowed) == 0, "bounding set reduced", "a reduced bounding set (needs CAP_SETPCAP)");
        Add(noNewPrivileges, "no_new_privs", "no_new_privs");
        if ((permitted & Capability.ReadAnything) != 0)
            _missing.Add("a program that root can read without CAP_DAC_READ_SEARCH (install it under /usr/local or /opt)");
    }

    private unsafe void ReadProcess()
    {
        Add(Libc.prctl(Libc.PR_GET_DUMPABLE, 0, 0, 0, 0) == 0, "not dumpable", "PR_SET_DUMPABLE 0");
        Libc.struct_rlimit core;
        Add(Libc.getrlimit(Libc.RLIMIT_CORE, &core) == 0 && core.rlim_max == 0, "no cores", "RLIMIT_CORE 0");
        Add(string.Equals(Environment.GetEnvironmentVariable("DOTNET_EnableDiagnostics"), "0", StringComparison.Ordinal), "diagnostics ports off", "DOTNET_EnableDiagnostics=0");
    }

    private void Add(bool holds, string held, string missing) => (holds ? _held : _missing).Add(holds ? held : missing);

    /// <summary>The value of a line, 0 where there is none, all ones where it is no number.</summary>
    private static ulong HexValue(ReadOnlySpan<byte> status, ReadOnlySpan<byte> key)
    {
        var start = status.IndexOf(key);
        if (start < 0) return 0;
        var text = status[(start + key.Length)..];
        var end = text.IndexOf((byte)'\n');
        if (end >= 0) text = text[..end];
        return ulong.TryParse(text.Trim(" \t"u8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) ? value : ulong.MaxValue;
    }
}
