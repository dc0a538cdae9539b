using PfsVpn.Crypto;
using PfsVpn.Daemon.Hardening;
using PfsVpn.Daemon.Platform;
using PfsVpn.Runtime;

namespace PfsVpn.SystemTests.Daemon;

/// <summary>What is said of a host, from the files in which such a host says it.</summary>
public sealed class ProtectionTests : IDisposable
{
    private const string Header = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";

    private readonly string _root = Directory.CreateTempSubdirectory("guard-host-").FullName;
    private readonly SystemFiles _files;

    public ProtectionTests() => _files = new SystemFiles(_root);

    [Fact]
    public void Each_protection_that_does_not_hold_says_what_follows_and_what_helps()
    {
        using var arena = SecretArena.Create(SecretArenaKind.LockedMemory);
        // An empty host: nothing can be seen, and so nothing holds that would have to be seen.
        var protections = LinuxPlatform.Look(_files, arena, watch: null).ToList();
        foreach (var missing in protections.Where(static protection => !protection.Holds))
        {
            Assert.NotEmpty(missing.Detail);
            Assert.False(string.IsNullOrEmpty(missing.Remedy), missing.Name);
        }
        Assert.Equal(protections.Count, protections.Select(static protection => protection.Name).Distinct(StringComparer.Ordinal).Count());
        foreach (var name in (ReadOnlySpan<string>)["few capabilities", "reduced bounding set", "no_new_privs", "system call filter", "no tracer", "keys not in swap", "other memory not in swap"])
            Assert.Contains(protections, protection => protection.Name == name && !protection.Holds);
        Assert.All(protections.Where(static protection => protection.Holds), static protection => Assert.Null(protection.Remedy));
    }

    [Fact]
    public void On_this_host_the_keys_are_locked_and_no_debugger_is_attached()
    {
        using var arena = SecretArena.Create();
        var protections = LinuxPlatform.Look(new SystemFiles(), arena, watch: null).ToList();
        Assert.True(protections.Single(static protection => protection.Name == "keys not in swap").Holds);
        Assert.True(protections.Single(static protection => protection.Name == "no tracer").Holds);
        // The test's own process is not hardened.
        Assert.False(protections.Single(static protection => protection.Name == "not dumpable").Holds);
        Assert.False(protections.Single(static protection => protection.Name == "no_new_privs").Holds);
        Assert.False(protections.Single(static protection => protection.Name == "diagnostics off").Holds);
    }

    [Theory]
    [InlineData("0000000000005c00", "000001ffffffffff", 1, 2, "reduced bounding set")]
    [InlineData("0000000000005c00", "0000000000005c00", 0, 2, "no_new_privs")]
    [InlineData("0000000000005c00", "0000000000005c00", 1, 0, "system call filter")]
    [InlineData("0000000000005c04", "0000000000005c04", 1, 2, "few capabilities")]
    [InlineData("0000000000007c00", "0000000000005c00", 1, 2, "few capabilities")]
    public void The_one_that_a_single_thread_lacks_is_missing(string capabilities, string bounding, int noNew, int seccomp, string missing)
    {
        WriteStatus(1, "0000000000005c00", "0000000000005c00", 1, 2);
        WriteStatus(2, capabilities, bounding, noNew, seccomp);
        Assert.Equal(missing, Assert.Single(ThreadProtections.Read(_files), static protection => !protection.Holds).Name);
    }

    [Theory]
    [InlineData(false, "0 0", "|/usr/bin/handler %p", true)]
    [InlineData(false, "unlimited unlimited", "core", true)]
    [InlineData(true, "0 0", "core", true)]
    [InlineData(true, "0 0", "|/usr/bin/handler %p", false)]
    [InlineData(true, "0 unlimited", "core", false)]
    [InlineData(true, "0 0", null, false)]
    public void Whether_there_are_cores(bool isDumpable, string limit, string? pattern, bool holds)
    {
        var limits = $"Limit                     Soft Limit           Hard Limit           Units     \nMax core file size        {limit}     bytes     \nMax processes 1 1 processes\n";
        Assert.Equal(holds, DumpProtections.NoCores(isDumpable, limits, pattern).Holds);
    }

    [Theory]
    [InlineData(null, false, "(the kernel has no Yama)")]
    [InlineData("0\n", false, "(ptrace_scope is 0)")]
    [InlineData("2\n", false, "(ptrace_scope is 2)")]
    [InlineData("3\n", true, "root can still load code into the kernel")]
    public void That_root_can_trace_is_said_plainly(string? scope, bool holds, string detail)
    {
        var protection = DumpProtections.NoTracing(scope);
        Assert.Equal(holds, protection.Holds);
        Assert.EndsWith(detail, protection.Detail, StringComparison.Ordinal);
        if (!holds) Assert.StartsWith("root can still run code in the process", protection.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void The_memory_of_secrets_says_why_it_is_not_the_better_kind()
    {
        Assert.Equal(
            new Protection("secrets in memfd_secret memory", Holds: true, "not readable through /proc/PID/mem, not in a core, not in swap", null),
            MemoryProtections.SecretMemory(SecretArenaKind.MemfdSecret, null));
        Assert.Equal(
            new Protection("secrets in memfd_secret memory", Holds: false,
                "secrets are in locked memory: not in a core, not in swap, but root can read them through /proc/PID/mem (memfd_secret failed: Function not implemented)",
                "It needs Linux 5.14 or newer, and secretmem.enable=1 on the kernel's command line before 6.5"),
            MemoryProtections.SecretMemory(SecretArenaKind.LockedMemory, SecretMemoryException.FromErrno("memfd_secret", 38).Message));
    }

    [Theory]
    [InlineData("", "0::/system.slice/a.service", null, true)]
    [InlineData("/dev/dm-1  partition\t8388604\t0\t-2\n", "0::/system.slice/a.service", "max", false)]
    [InlineData("/dev/dm-1  partition\t8388604\t0\t-2\n", "0::/system.slice/a.service", "0", true)]
    [InlineData("/dev/dm-1  partition\t8388604\t0\t-2\n", "0::/system.slice/a.service/below", "0", true)]
    [InlineData("/dev/dm-1  partition\t8388604\t0\t-2\n", "0::/other.service", "0", false)]
    [InlineData("/dev/dm-1  partition\t8388604\t0\t-2\n", "5:memory:/system.slice/a.service", "0", false)]
    public void Whether_other_memory_can_be_swapped(string areas, string group, string? most, bool holds)
    {
        Write("/proc/swaps", Header + areas);
        Write("/proc/self/cgroup", group + "\n");
        if (most is not null) Write("/sys/fs/cgroup/system.slice/a.service/memory.swap.max", most + "\n");
        var protection = MemoryProtections.RestNotInSwap(_files);
        Assert.Equal(holds, protection.Holds);
        if (!holds) Assert.Equal("packets and stacks of this process can go to /dev/dm-1; keys cannot", protection.Detail);
    }

    [Theory]
    [InlineData(SecretArenaKind.MemfdSecret, "[platform] shutdown", true)]
    [InlineData(SecretArenaKind.LockedMemory, "[platform] shutdown", false)]
    [InlineData(SecretArenaKind.LockedMemory, "[disabled]", true)]
    [InlineData(SecretArenaKind.LockedMemory, null, true)]
    public void Whether_a_hibernated_host_keeps_an_image(object boxed, string? modes, bool holds)
    {
        var kind = (SecretArenaKind)boxed;
        if (modes is not null) Write("/sys/power/disk", modes + "\n");
        Assert.Equal(holds, MemoryProtections.NoHibernation(_files, kind).Holds);
    }

    [Theory]
    [InlineData(true, "mem disk", true)]
    [InlineData(false, "mem disk", false)]
    [InlineData(false, "\n", true)]
    [InlineData(false, null, true)]
    public void Whether_session_keys_end_before_sleep(bool lockHeld, string? states, bool holds)
    {
        if (states is not null) Write("/sys/power/state", states);
        Assert.Equal(holds, HostProtections.Sleep(_files, lockHeld, "there is no system bus").Holds);
    }

    [Theory]
    [InlineData(true, null, "VMGENCTR:00", "0 0 4294967295", true)]
    [InlineData(true, null, "bind", "0 0 4294967295", false)]
    [InlineData(true, null, "VMGENCTR:00", "0 1000 65536", false)]
    [InlineData(true, "Operation not permitted", "VMGENCTR:00", "0 0 4294967295", false)]
    [InlineData(false, "Operation not permitted", "bind", "0 1000 65536", true)]
    public void Whether_session_keys_end_in_a_clone(bool mayBeVirtual, string? failure, string device, string users, bool holds)
    {
        Write("/sys/bus/acpi/drivers/vmgenid/" + device, "");
        Write("/proc/self/uid_map", "         " + users + "\n");
        Assert.Equal(holds, HostProtections.Clone(_files, failure, mayBeVirtual).Holds);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private void WriteStatus(int thread, string capabilities, string bounding, int noNew, int seccomp) => Write(
        $"/proc/self/task/{thread}/status",
        $"Name:\tx\nCapInh:\t0000000000000000\nCapPrm:\t{capabilities}\nCapEff:\t{capabilities}\nCapBnd:\t{bounding}\nCapAmb:\t0000000000000000\nNoNewPrivs:\t{noNew}\nSeccomp:\t{seccomp}\n");

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_root + path)!);
        File.WriteAllText(_root + path, text);
    }
}
