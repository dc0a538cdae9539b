using System.Globalization;
using PfsVpn.Daemon.Hardening;
using PfsVpn.Daemon.Interop;

namespace PfsVpn.SystemTests.Daemon;

[Collection(DaemonTestCollection.Name)]
public sealed class HardeningTests : IDisposable
{
    private const string WithoutPtrace = "--bounding-set=-sys_ptrace";

    private readonly TestNamespace _place = new();

    [RootTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void EveryThreadHasOnlyTheCapabilitiesItNeedsAndNoNewPrivileges(bool foreground)
    {
        InBothManners(foreground, static process =>
        {
            var threads = Directory.GetDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task"));
            Assert.NotEmpty(threads);
            foreach (var thread in threads)
            {
                var status = File.ReadAllLines(Path.Join(thread, "status"));
                foreach (var set in (ReadOnlySpan<string>)["CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"])
                    Assert.Equal(Capability.Needed.ToString("x16", CultureInfo.InvariantCulture), Value(status, set));
                Assert.Equal("1", Value(status, "NoNewPrivs:"));
            }
        });
    }

    [RootTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void ThereAreNoCoresAndEnoughDescriptors(bool foreground)
    {
        InBothManners(foreground, static process =>
        {
            var limits = File.ReadAllLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/limits"));
            var core = limits.Single(static line => line.StartsWith("Max core file size", StringComparison.Ordinal));
            Assert.Equal(["0", "0", "bytes"], core["Max core file size".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        });
    }

    /// <summary>The limit is 0, and the kernel writes no core of a process that is not dumpable, even where cores are piped to a program.</summary>
    [RootTheory]
    [InlineData(Native.SIGSEGV)]
    [InlineData(Native.SIGABRT)]
    public void ACrashThatWasForcedLeavesNoCore(int signal)
    {
        var name = RunningDaemon.NewName();
        // The runtime's handler takes a first signal from outside for an exception of its code, and puts the system's own handling back: a second one ends the process.
        var script = $"{{0}} & child=$!; while ! test -S {RunningDaemon.SocketPathOf(name)}; do sleep 0.05; done; while kill -{signal} $child 2>&-; do sleep 0.1; done; wait $child; echo ended with $?";
        var before = Directory.GetFiles("/", "core*");
        var result = _place.Run([], "sh", "-c", script.Replace("{0}", $"{Command.Pfsvpnd} -f {name}", StringComparison.Ordinal));
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"ended with {128 + signal}"), result.Output, StringComparison.Ordinal);
        // Where cores are files, they go to the folder that a process works in: the daemon's is the root.
        Assert.Equal(before, Directory.GetFiles("/", "core*"));

        // A control: an ordinary process leaves one there. The socket that the daemon left behind is still there.
        var folder = Directory.CreateTempSubdirectory("guard-core-").FullName;
        var ordinary = Command.Run("sh", "-c", $"cd {folder}; ulimit -c unlimited; " + script.Replace("{0}", "sleep 600", StringComparison.Ordinal));
        File.Delete(RunningDaemon.SocketPathOf(name));
        var leavesCores = File.ReadAllText("/proc/sys/kernel/core_pattern").Trim() is "core" or "core.%p";
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"ended with {128 + signal}"), ordinary.Output, StringComparison.Ordinal);
        Assert.Equal(leavesCores, Directory.GetFiles(folder).Length != 0);
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Scripts, look-ups and key commands belong into other processes: this one starts none, and loads nothing that resolves names.</summary>
    [RootTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void ItHasNoChildAndNoResolver(bool foreground)
    {
        InBothManners(foreground, process =>
        {
            foreach (var thread in Directory.GetDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task")))
                Assert.Equal("", File.ReadAllText(Path.Join(thread, "children")));
            var maps = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/maps"));
            Assert.Contains("libsodium", maps, StringComparison.Ordinal);
            foreach (var library in (ReadOnlySpan<string>)["libnss_dns", "libresolv", "System.Net.NameResolution", "System.Diagnostics.Process"])
                Assert.DoesNotContain(library, maps, StringComparison.Ordinal);
        });
    }

    /// <summary>Root without CAP_SYS_PTRACE may look into other processes of root, but not into one that is not dumpable.</summary>
    [RootTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void AnotherProcessOfTheSameUserCannotLookInside(bool foreground)
    {
        // It must not have more capabilities than the one that looks, which would be a reason of its own.
        using var ordinary = Command.Start([], "setpriv", WithoutPtrace, "sh", "-c", "echo started; exec sleep 600");
        try
        {
            Assert.Equal("started", ordinary.StandardOutput.ReadLine());
            Assert.Equal(0, LookInto(ordinary.Id));
            InBothManners(foreground, static process => Assert.NotEqual(0, LookInto(process)));
        }
        finally
        {
            ordinary.Kill();
        }
    }

    [RootTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void NoDiagnosticsPortIsLeftByEitherStage(bool foreground)
    {
        var folder = Directory.CreateTempSubdirectory("pfsvpn-test-").FullName;
        try
        {
            InBothManners(foreground, _ => Assert.Empty(Directory.GetFileSystemEntries(folder)), ("TMPDIR", folder));
            Assert.Empty(Directory.GetFileSystemEntries(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [RootTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void DescriptorsOfTheCallerAreNotInherited(bool foreground)
    {
        var file = Path.GetTempFileName();
        try
        {
            using var opened = new InheritableFile(file);
            InBothManners(foreground, process =>
            {
                var folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/fd");
                Assert.DoesNotContain(file, new DirectoryInfo(folder).GetFiles().Select(static entry => entry.LinkTarget), StringComparer.Ordinal);
            });
        }
        finally
        {
            File.Delete(file);
        }
    }

    [RootFact]
    public void WhatChangesTheRuntimeFromOutsideIsNotPassedOn()
    {
        (string, string?)[] variables = [("CORECLR_PROFILER_PATH", "/nonexistent"), ("DOTNET_DbgEnableMiniDump", "1"), ("DOTNET_TieredCompilation", "1"), ("PFSVPN_TEST", "kept")];
        using var daemon = RunningDaemon.Start(_place, RunningDaemon.NewName(), variables);

        var environment = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{daemon.Process}/environ")).Split('\0');

        Assert.DoesNotContain("CORECLR_PROFILER_PATH=/nonexistent", environment, StringComparer.Ordinal);
        Assert.DoesNotContain("DOTNET_DbgEnableMiniDump=1", environment, StringComparer.Ordinal);
        Assert.Contains("DOTNET_EnableDiagnostics=0", environment, StringComparer.Ordinal);
        Assert.Contains("DOTNET_TieredCompilation=1", environment, StringComparer.Ordinal);
        Assert.Contains("PFSVPN_TEST=kept", environment, StringComparer.Ordinal);
    }

    [RootFact]
    public void InTheBackgroundItHasASessionOfItsOwnAndKeepsNoFolderBusy()
    {
        using var daemon = RunningDaemon.Start(_place, RunningDaemon.NewName());

        var statistics = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{daemon.Process}/stat"));
        var fields = statistics[(statistics.LastIndexOf(')') + 2)..].Split(' ');
        const int SessionField = 3;
        Assert.Equal(daemon.Process.ToString(CultureInfo.InvariantCulture), fields[SessionField]);
        Assert.Equal("/", new DirectoryInfo(string.Create(CultureInfo.InvariantCulture, $"/proc/{daemon.Process}/cwd")).LinkTarget);
    }

    [RootFact]
    public void TheLogSaysWhichProtectionsHoldAndForEachThatDoesNotWhatHelps()
    {
        using var daemon = new ForegroundDaemon(_place, RunningDaemon.NewName());

        var line = daemon.WaitForLine("protections: ");

        Assert.StartsWith("INFO: ", line, StringComparison.Ordinal);
        foreach (var protection in (ReadOnlySpan<string>)
            ["few capabilities", "reduced bounding set", "no_new_privs", "not dumpable", "no cores", "diagnostics off", "no tracer", "keys not in swap"])
            Assert.Contains(protection, line, StringComparison.Ordinal);
        // Nobody runs the tests in the unit's sandbox.
        var missing = daemon.WaitForLine("missing protection: system call filter");
        Assert.StartsWith("WARNING: ", missing, StringComparison.Ordinal);
        Assert.EndsWith("; what helps: run it from configs/pfsvpnd@.service", missing, StringComparison.Ordinal);
    }

    [RootFact]
    public void ADaemonStartedWithoutStandardStreamsWorks()
    {
        var name = RunningDaemon.NewName();
        var result = _place.Run([], "sh", "-c", $"exec {Command.Pfsvpnd} {name} <&- >&- 2>&-");
        Assert.Equal(0, result.ExitCode);
        using var daemon = RunningDaemon.Find(name);

        for (var descriptor = 0; descriptor < 3; descriptor++)
            Assert.Equal("/dev/null", new FileInfo(string.Create(CultureInfo.InvariantCulture, $"/proc/{daemon.Process}/fd/{descriptor}")).LinkTarget);
    }

    public void Dispose() => _place.Dispose();

    private void InBothManners(bool foreground, Action<int> check, params (string Name, string? Value)[] variables)
    {
        var name = RunningDaemon.NewName();
        if (foreground)
        {
            using var daemon = new ForegroundDaemon(_place, name, variables).WaitUntilReady();
            check(daemon.Process);
        }
        else
        {
            using var daemon = RunningDaemon.Start(_place, name, variables);
            check(daemon.Process);
        }
    }

    private static int LookInto(int process) =>
        Command.Run("setpriv", WithoutPtrace, "readlink", string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/exe")).ExitCode;

    private static string Value(string[] status, string key) =>
        status.Single(line => line.StartsWith(key, StringComparison.Ordinal))[key.Length..].Trim();

    /// <summary>A file that every child inherits.</summary>
    private sealed class InheritableFile : IDisposable
    {
        private readonly FileStream _file;

        public InheritableFile(string path)
        {
            _file = File.OpenRead(path);
            Assert.Equal(0, Libc.fcntl((int)_file.SafeFileHandle.DangerousGetHandle(), Libc.F_SETFD, 0));
        }

        public void Dispose() => _file.Dispose();
    }
}
