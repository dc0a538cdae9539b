using System.Globalization;
using PfsVpn.Runtime;

namespace PfsVpn.Daemon.Hardening;

/// <summary>What belongs to threads rather than to the process, looked at on each of them: what one thread keeps, all of the process has.</summary>
/// <remarks>References: capabilities(7), seccomp(2), proc_pid_status(5).</remarks>
internal sealed class ThreadProtections
{
    private readonly SystemFiles _files;
    private ulong _capabilities, _bounding;
    private int _threads;
    private bool _noNewPrivileges = true, _filtered = true;

    private ThreadProtections(SystemFiles files) => _files = files;

    /// <summary>Reads the status of every thread.</summary>
    public static IEnumerable<Protection> Read(SystemFiles files)
    {
        var threads = new ThreadProtections(files);
        threads.Read();
        return [threads.Capabilities(), threads.BoundingSet(), threads.NoNewPrivileges(), threads.SystemCallFilter()];
    }

    private void Read()
    {
        foreach (var thread in _files.Names("/proc/self/task"))
        {
            if (_files.Read($"/proc/self/task/{thread}/status") is not { } text) continue; // it ended meanwhile
            var status = new ProcessStatus(text);
            _threads++;
            _capabilities |= status.Set("CapInh") | status.Set("CapPrm") | status.Set("CapEff") | status.Set("CapAmb");
            _bounding |= status.Set("CapBnd");
            _noNewPrivileges &= status.Number("NoNewPrivs") == 1;
            _filtered &= status.Number("Seccomp") == 2;
        }
        // What could not be looked at does not hold.
        if (_threads == 0) (_capabilities, _bounding, _noNewPrivileges, _filtered) = (ulong.MaxValue, ulong.MaxValue, false, false);
    }

    private Protection Capabilities()
    {
        const string Name = "few capabilities";
        var detail = string.Create(CultureInfo.InvariantCulture, $"{Capability.Names(_capabilities)} on all {_threads} threads");
        if ((_capabilities & ~Capability.Needed) == 0) return new Protection(Name, Holds: true, detail, null);
        return (_capabilities & ~(Capability.Needed | Capability.ReadAnything)) == 0
            ? new Protection(Name, Holds: false, detail + ": it may read every file", "install the program where root can read it without CAP_DAC_READ_SEARCH, below /usr/local or /opt")
            : new Protection(Name, Holds: false, detail + ": more than is needed", "start it as root, or with the capabilities of configs/pfsvpnd@.service");
    }

    private Protection BoundingSet()
    {
        var holds = (_bounding & ~(Capability.Needed | Capability.ReadAnything)) == 0;
        return new Protection("reduced bounding set", holds,
            holds ? "no program that this process could execute has more capabilities" : $"{Capability.Names(_bounding)}: what it could execute might have more capabilities",
            holds ? null : "start it with CAP_SETPCAP, which it gives up");
    }

    private Protection NoNewPrivileges() => new("no_new_privs", _noNewPrivileges,
        _noNewPrivileges ? "nothing that this process could execute gains privileges" : "a set-uid program would gain privileges",
        _noNewPrivileges ? null : "NoNewPrivileges=yes in the unit");

    private Protection SystemCallFilter() => new("system call filter", _filtered,
        _filtered ? "a seccomp filter is on all threads" : "no seccomp filter: code that got into the process could use every system call",
        _filtered ? null : "run it from configs/pfsvpnd@.service");
}
