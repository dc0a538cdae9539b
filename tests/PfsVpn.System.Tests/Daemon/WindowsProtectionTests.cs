using PfsVpn.Daemon.Windows;
using PfsVpn.Interop.Windows;
using PfsVpn.Runtime;

namespace PfsVpn.SystemTests.Daemon;

/// <summary>What is said of a Windows host, from what such a host would say.</summary>
public sealed class WindowsProtectionTests
{
    [Fact]
    public void A_host_that_shows_nothing_has_nothing_that_would_have_to_be_seen()
    {
        var protections = WindowsProtections.Read(new FakeHost(), 16384, hearsOfSleep: null).ToList();
        Assert.Equal(protections.Count, protections.Select(static protection => protection.Name).Distinct(StringComparer.Ordinal).Count());
        foreach (var missing in protections.Where(static protection => !protection.Holds))
        {
            Assert.NotEmpty(missing.Detail);
            Assert.False(string.IsNullOrEmpty(missing.Remedy), missing.Name);
        }
        Assert.All(protections.Where(static protection => protection.Holds), static protection => Assert.Null(protection.Remedy));
        Assert.Equal(["keys not in the page file", "no debugger"], protections.Where(static protection => protection.Holds).Select(static protection => protection.Name));
    }

    [Fact]
    public void On_a_host_that_is_set_up_for_it_all_holds_but_what_Windows_does_not_give()
    {
        var host = new FakeHost
        {
            Numbers = { ["HibernateEnabled"] = 0, ["CrashDumpEnabled"] = 7, ["NtfsEncryptPagingFile"] = 1 },
            Held = ["SeChangeNotifyPrivilege", "SeLoadDriverPrivilege"],
            Mode = Kernel32.SEM_NOGPFAULTERRORBOX,
            Diagnostics = "0",
            Mitigates = static _ => true,
        };
        var missing = WindowsProtections.Read(host, 16384, hearsOfSleep: true).Where(static protection => !protection.Holds).Select(static protection => protection.Name);
        Assert.Equal(["not readable by administrators", "session keys ended in a cloned machine"], missing);
    }

    [Fact]
    public void What_is_not_in_force_is_named()
    {
        var host = new FakeHost { Held = ["SeChangeNotifyPrivilege", "SeDebugPrivilege"], Mitigates = static policy => policy != Kernel32.ProcessChildProcessPolicy };
        var protections = WindowsProtections.Read(host, 16384, hearsOfSleep: false).ToList();
        Assert.Equal("not in force: no child processes", Find("process mitigations").Detail);
        Assert.StartsWith("SeDebugPrivilege:", Find("few privileges").Detail, StringComparison.Ordinal);
        Assert.StartsWith("Windows does not tell", Find("session keys erased before sleep").Detail, StringComparison.Ordinal);

        Protection Find(string name) => protections.Single(protection => protection.Name == name);
    }

    [Fact]
    public void Without_a_page_file_nothing_goes_there()
    {
        var host = new FakeHost { Files = [""] };
        Assert.True(WindowsProtections.Read(host, 0, true).Single(static protection => protection.Name == "other memory not in the page file").Holds);
        host.Files = [@"C:\pagefile.sys 0 0"];
        Assert.False(WindowsProtections.Read(host, 0, true).Single(static protection => protection.Name == "other memory not in the page file").Holds);
    }

    [Fact]
    public void Each_policy_is_asked_for_once() => Assert.Equal(ProcessMitigations.All.Count, ProcessMitigations.All.Select(static one => one.Policy).Distinct().Count());

    private sealed class FakeHost : IWindowsHost
    {
        public Dictionary<string, int> Numbers { get; } = new(StringComparer.Ordinal);

        public string[]? Files { get; set; }

        public IReadOnlyList<string>? Held { get; init; }

        public uint Mode { get; init; }

        public string? Diagnostics { get; init; }

        public Func<int, bool> Mitigates { get; init; } = static _ => false;

        public int? Number(string key, string name) => Numbers.TryGetValue(name, out var number) ? number : null;

        public string[]? Strings(string key, string name) => Files;

        public bool HasMitigation(int policy, uint bits) => Mitigates(policy);

        public IReadOnlyList<string>? Privileges() => Held;

        public bool IsDebugged() => false;

        public uint ErrorMode() => Mode;

        public string? Variable(string name) => Diagnostics;
    }
}
