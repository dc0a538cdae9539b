using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using PfsVpn.Daemon.Hardening;
using PfsVpn.SystemTests.Daemon;
using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Service;

/// <summary><c>pfsvpn metrics</c> as a process beside real daemons, in the sandbox of its unit, and started by <c>pfsvpnd --metrics</c>.</summary>
[Collection(DaemonTestCollection.Name)]
public sealed class MetricsProcessTests : IDisposable
{
    private readonly TestNamespace _place = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("service-").FullName;
    private readonly string _one = RunningDaemon.NewName(), _other = RunningDaemon.NewName();

    private string SocketPath => Path.Combine(_folder, "metrics.sock");

    [RootFact]
    public async Task Values_move_with_the_traffic_of_a_tunnel_and_promtool_has_no_complaint()
    {
        using var first = RunningDaemon.Start(_place, _one);
        using var second = RunningDaemon.Start(_place, _other);
        Connect();
        using var metrics = Start(Command.Pfsvpn, "metrics", _one, _other, "--listen", "unix:" + SocketPath);
        try
        {
            await Wait.UntilAsync("the socket", () => File.Exists(SocketPath));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(SocketPath));
            var before = await Wait.ForAsync("a session", async () => await Scrape() is var text && Value(text, "pfsvpn_peer_connected", _one) == 1 ? text : null);
            Assert.Equal(1, Value(before, "pfsvpn_keys_alive", _one, "kind=\"Keypair\""));

            // 20 packets to an address that nobody answers for: the sender counts them as sent, the receiver as received.
            _place.Run([], "ping", "-c", "20", "-i", "0.01", "-W", "1", "-s", "1000", "10.98.0.2");
            var after = await Wait.ForAsync("traffic", async () => await Scrape() is var text && Value(text, "pfsvpn_peer_receive_bytes_total", _other) >= 20_000 ? text : null);
            Assert.True(Value(after, "pfsvpn_peer_transmit_bytes_total", _one) - Value(before, "pfsvpn_peer_transmit_bytes_total", _one) >= 20_000);
            Assert.True(Value(after, "pfsvpn_exposure_bytes", _one) > Value(before, "pfsvpn_exposure_bytes", _one));
            Assert.True(Value(after, "pfsvpn_exposure_window_seconds", _one) > 0);

            // What the daemon forbids is counted under its reason: no peer has this address.
            _place.Run([], "ping", "-c", "1", "-W", "1", "10.98.0.77");
            await Wait.UntilAsync("a drop", async () => Value(await Scrape(), "pfsvpn_drops_total", _one, "reason=\"NoPeer\"") >= 1);

            Check(after);
            AssertReduced(metrics.Id);
        }
        finally
        {
            End(metrics);
        }
        Assert.False(File.Exists(SocketPath));
    }

    [SandboxFact]
    public async Task It_does_its_work_in_the_sandbox_of_its_unit()
    {
        using var daemon = RunningDaemon.Start(_place, _one);
        var unit = new UnitFile("pfsvpn-metrics.service");
        var allowed = unit.AllowedSystemCalls();
        foreach (var call in (string[])["ptrace", "mount", "capset", "setuid", "chown", "keyctl", "process_vm_readv", "memfd_secret", "bpf"]) Assert.DoesNotContain(call, allowed);
        _place.Ip("link", "set", "lo", "up");
        using var metrics = UnitSandbox.Start(unit, _place, Command.Pfsvpn, "metrics", "--listen", "127.0.0.1:9586");
        var log = ReadUntilItServes(metrics);
        Assert.Contains("no capabilities, no_new_privs", log, StringComparison.Ordinal);
        for (var i = 0; i < 3; i++)
        {
            var answer = _place.Run([], "curl", "-s", "-i", "http://127.0.0.1:9586/metrics");
            Assert.Contains($"pfsvpn_up{{interface=\"{_one}\"}} 1\n", answer.Output, StringComparison.Ordinal);
        }
        AssertReduced(metrics.Id);
        var filtered = new ProcessStatus(await File.ReadAllTextAsync($"/proc/{metrics.Id}/status"));
        Assert.Equal(2UL, filtered.Number("Seccomp"));
        End(metrics);
    }

    [RootFact]
    public async Task The_daemon_starts_it_and_takes_it_along_however_it_ends()
    {
        var daemon = new ForegroundDaemon(_one, [], _place, Command.Pfsvpnd, "-f", "--metrics", "unix:" + SocketPath, _one);
        try
        {
            daemon.WaitUntilReady();
            Assert.Contains($"pfsvpn_up{{interface=\"{_one}\"}} 1\n", await Scrape(), StringComparison.Ordinal);
            daemon.Signal(Native.SIGKILL);
            daemon.WaitForEnd();
            await Wait.UntilAsync("the end of the metrics process", () => !File.Exists(SocketPath));
        }
        finally
        {
            daemon.Dispose();
            _place.Ip("link", "show");
        }
        // In the background, and without metrics where they cannot be: then there is no daemon either.
        await File.WriteAllTextAsync(SocketPath, "");
        var refused = _place.Run([], Command.Pfsvpnd, "--metrics", "unix:" + SocketPath, _other);
        Assert.Equal((1, $"pfsvpnd: metrics: Unable to listen on unix:{SocketPath}: there is a file that is no socket\n"), (refused.ExitCode, refused.Error));
        Assert.False(_place.HasInterface(_other));
        File.Delete(SocketPath);
        Assert.Equal(0, _place.Run([], Command.Pfsvpnd, "--metrics", "unix:" + SocketPath, _other).ExitCode);
        using (RunningDaemon.Find(_other)) Assert.Contains($"pfsvpn_up{{interface=\"{_other}\"}} 1\n", await Scrape(), StringComparison.Ordinal);
        await Wait.UntilAsync("the end of the metrics process", () => !File.Exists(SocketPath));
    }

    public void Dispose()
    {
        _place.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private void Connect()
    {
        _place.Ip("link", "set", "lo", "up");
        var (keys, script) = (new[] { Path.Combine(_folder, "k1"), Path.Combine(_folder, "k2") }, "");
        script += $"umask 077; wg genkey > {keys[0]}; wg genkey > {keys[1]}; ";
        script += $"wg set {_one} private-key {keys[0]} listen-port 7001 peer $(wg pubkey < {keys[1]}) endpoint 127.0.0.1:7002 allowed-ips 10.98.0.2/32 persistent-keepalive 1; ";
        script += $"wg set {_other} private-key {keys[1]} listen-port 7002 peer $(wg pubkey < {keys[0]}) endpoint 127.0.0.1:7001 allowed-ips 10.98.0.1/32";
        var set = _place.Run([], "sh", "-c", script);
        Assert.True(set.ExitCode == 0, set.ToString());
        _place.Ip("link", "set", _one, "up");
        _place.Ip("link", "set", _other, "up");
        _place.Ip("address", "add", "10.98.0.1/24", "dev", _one);
    }

    private Process Start(string program, params string[] arguments) => Command.Start([], "ip", ["netns", "exec", _place.Name, program, .. arguments]);

    private static string ReadUntilItServes(Process process)
    {
        var read = "";
        while (process.StandardError.ReadLine() is { } line)
        {
            read += line + "\n";
            if (line.Contains(" serves ", StringComparison.Ordinal)) return read;
        }
        Assert.Fail("It ended: " + read);
        return "";
    }

    private static void End(Process process)
    {
        _ = Native.kill(process.Id, Native.SIGTERM);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private async Task<string> Scrape()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath));
        await socket.SendAsync("GET /metrics HTTP/1.0\r\n\r\n"u8.ToArray());
        using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var text = await reader.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", text, StringComparison.Ordinal);
        return text[(text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
    }

    /// <summary>The value of the first series of a metric and an interface, with a label if one is named; NaN where there is none.</summary>
    private static double Value(string text, string metric, string name, string label = "")
    {
        var line = text.Split('\n').FirstOrDefault(line => line.StartsWith($"{metric}{{interface=\"{name}\"", StringComparison.Ordinal) && line.Contains(label, StringComparison.Ordinal));
        return line is null ? double.NaN : double.Parse(line.AsSpan(line.LastIndexOf(' ') + 1), CultureInfo.InvariantCulture);
    }

    private static void Check(string text)
    {
        if (Requirements.Find("promtool") is null) return;
        using var process = Process.Start(new ProcessStartInfo("promtool", ["check", "metrics"]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.StandardInput.Write(text);
        process.StandardInput.Close();
        var said = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.Equal((0, ""), (process.ExitCode, said));
    }

    private static void AssertReduced(int process)
    {
        foreach (var thread in Directory.GetDirectories($"/proc/{process}/task"))
        {
            var status = new ProcessStatus(File.ReadAllText(Path.Join(thread, "status")));
            Assert.Equal((0UL, 0UL, 0UL, 1UL), (status.Set("CapPrm"), status.Set("CapEff"), status.Set("CapInh"), status.Number("NoNewPrivs")));
        }
    }

    private sealed class SandboxFactAttribute : FactAttribute
    {
        public SandboxFactAttribute() => Skip = RootRequirement.ReasonToSkip ?? UnitSandbox.Missing ?? (Requirements.Find("curl") is null ? "needs curl" : null);
    }
}
