using System.Diagnostics;
using System.Globalization;
using PfsVpn.Crypto;
using PfsVpn.Daemon.Hardening;
using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Daemon;

/// <summary>The unit's sandbox: the daemon works in it, and says that it is in it.</summary>
[Collection(DaemonTestCollection.Name)]
public sealed class UnitTests : IDisposable
{
    private readonly TestNamespace _place = new();
    private readonly string _name = RunningDaemon.NewName();

    [SandboxFact]
    public async Task The_daemon_does_its_work_in_the_sandbox_of_its_unit()
    {
        using var process = UnitSandbox.Start(new UnitFile(), _place, Command.Pfsvpnd, "-f", _name);
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            var log = ReadUntil(process, "protections: ");
            foreach (var protection in (ReadOnlySpan<string>)["few capabilities", "reduced bounding set", "no_new_privs", "system call filter"])
                Assert.Contains(protection, log, StringComparison.Ordinal);
            // The filter takes nothing away that this kernel has.
            using (var arena = SecretArena.Create())
                Assert.Equal(arena.Kind == SecretArenaKind.MemfdSecret, log.Contains("secrets in memfd_secret memory", StringComparison.Ordinal));

            // Keys, a socket, timers, handshakes, and packets of the tunnel.
            _place.Ip("link", "set", "lo", "up");
            _place.Ip("link", "set", _name, "up");
            _place.Ip("address", "add", "10.99.0.1/24", "dev", _name);
            var set = _place.Run([], "sh", "-c", $"wg genkey | wg set {_name} private-key /dev/stdin peer $(wg genkey | wg pubkey) endpoint 127.0.0.1:9 allowed-ips 10.99.0.2/32");
            Assert.True(set.ExitCode == 0, set.ToString());
            _place.Run([], "ping", "-c", "1", "-W", "1", "10.99.0.2");
            await Wait.UntilAsync("an initiation", () => !RunningDaemon.Ask(_name).Contains("tx_bytes=0\n", StringComparison.Ordinal));

            foreach (var thread in Directory.GetDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{process.Id}/task")))
            {
                var status = new ProcessStatus(File.ReadAllText(Path.Join(thread, "status")));
                Assert.Equal((2UL, Capability.Needed), (status.Number("Seccomp"), status.Set("CapBnd")));
            }
        }
        finally
        {
            _ = Native.kill(process.Id, Native.SIGTERM);
            await process.WaitForExitAsync();
        }
        Assert.Equal(0, process.ExitCode);
        Assert.Empty(await error);
    }

    [SandboxFact]
    public void The_sandbox_is_one()
    {
        // A control: what the unit forbids fails in it.
        var unit = new UnitFile();
        var allowed = unit.AllowedSystemCalls();
        foreach (var call in (ReadOnlySpan<string>)["memfd_secret", "execve", "recvmmsg", "sendmmsg", "capset", "timerfd_create", "mlock"]) Assert.Contains(call, allowed);
        foreach (var call in (ReadOnlySpan<string>)["ptrace", "process_vm_readv", "process_vm_writev", "mount", "init_module", "bpf", "keyctl", "setuid", "perf_event_open"]) Assert.DoesNotContain(call, allowed);
        using var process = UnitSandbox.Start(unit, _place, "sh", "-c", "touch /usr/x; mount -t tmpfs x /mnt; ip link set lo up && echo fine");
        var error = process.StandardError.ReadToEnd();
        Assert.Contains("Read-only file system", error, StringComparison.Ordinal);
        Assert.Contains("mount:", error, StringComparison.Ordinal);
        Assert.Equal("fine", process.StandardOutput.ReadToEnd().Trim());
        process.WaitForExit();
    }

    public void Dispose() => _place.Dispose();

    private static string ReadUntil(Process process, string text)
    {
        var read = "";
        while (process.StandardOutput.ReadLine() is { } line)
        {
            read += line + "\n";
            if (line.Contains(text, StringComparison.Ordinal)) return read;
        }
        Assert.Fail($"The daemon ended without \"{text}\": {read}");
        return "";
    }

    private sealed class SandboxFactAttribute : FactAttribute
    {
        // Also on a build server: where these programs are absent, there is no systemd to make a sandbox.
        public SandboxFactAttribute() => Skip = RootRequirement.ReasonToSkip ?? UnitSandbox.Missing;
    }
}
