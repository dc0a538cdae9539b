using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using PfsVpn.SystemTests.Daemon;
using PfsVpn.SystemTests.Harness;
using PfsVpn.SystemTests.Quick;

namespace PfsVpn.SystemTests.Service;

/// <summary>What pfsvpn@.service runs, in the sandbox of that unit, on a host of its own.</summary>
public sealed class TunnelServiceTests : IDisposable
{
    private const string Name = "service0", ConfigurationPath = "/etc/wireguard/" + Name + ".conf", NotifyPath = "/run/service-notify";

    private const string Configuration =
        """
        [Interface]
        PrivateKey = 6LxtFC/GzURRzoSILQGSouh0UgSmWX3BDEPyG3jznXA=
        Address = 10.77.0.1/24, fd77::1/64
        DNS = 10.77.0.53, lab.example
        PreUp = touch /run/hook-first
        PostUp = ip rule add from 10.77.0.1 table 77 priority 500; sysctl -q net.ipv4.ip_forward=1; ping -c 1 -W 1 10.77.0.1 > /run/hook-last
        PreDown = ip rule delete from 10.77.0.1 table 77; sysctl -q net.ipv4.ip_forward=0
        PostDown = rm -f /run/hook-first /run/hook-last

        [Peer]
        #! Name = gate
        PublicKey = UZTe4hx98J77NEoWoDRaxCVH9aDP35gLcwyZQJ8JJXc=
        AllowedIPs = 0.0.0.0/0, ::/0
        Endpoint = gate.example:51820

        """;

    private readonly UnitFile _unit = new("pfsvpn@.service");
    private readonly Socket _manager = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 20_000 };
    private readonly StringBuilder _log = new();

    [SandboxFact]
    public async Task The_command_of_the_unit_comes_up_reloads_and_goes_down_in_its_sandbox()
    {
        await using var box = await PreparedBox();
        var before = await State(box);
        using var service = Start(box, "--metrics", "127.0.0.1:9586");
        Assert.Contains("STATUS=up", await Await("READY=1"), StringComparison.Ordinal);
        await Await("WATCHDOG=1");
        Assert.Contains("nameserver 10.77.0.53", await box.RunAsync("cat", "/etc/resolv.conf"), StringComparison.Ordinal);
        Assert.Contains("1 received", await box.RunAsync("cat", "/run/hook-last"), StringComparison.Ordinal);
        Assert.Contains($"default dev {Name} table", await box.RunAsync("ip", "route", "show", "table", "all"), StringComparison.Ordinal);
        Assert.Contains("10.9.0.2:51820", await box.RunAsync("wg", "show", Name, "endpoints"), StringComparison.Ordinal);
        Assert.Contains($"pfsvpn_up{{interface=\"{Name}\"}} 1\n", await box.RunAsync("curl", "-s", "http://127.0.0.1:9586/metrics"), StringComparison.Ordinal);

        await Write(box, Configuration.Replace("fd77::1/64", "fd77::1/64, 10.78.0.1/24", StringComparison.Ordinal));
        using (var reload = UnitSandbox.Start(_unit, box, static () => { }, [], Command.Pfsvpn, "reload", Name))
        {
            var said = await reload.StandardError.ReadToEndAsync();
            await reload.WaitForExitAsync();
            Assert.True(reload.ExitCode == 0, said);
        }
        Assert.Contains("10.78.0.1/24", await box.RunAsync("ip", "address", "show", "dev", Name), StringComparison.Ordinal);

        await Write(box, Configuration.Replace("DNS =", "MTU = 1333\nDNS =", StringComparison.Ordinal));
        _ = Native.kill(service.Id, Native.SIGHUP);
        await Await("RELOADING=1");
        await Await("READY=1");
        Assert.Contains("mtu 1333", await box.RunAsync("ip", "link", "show", "dev", Name), StringComparison.Ordinal);

        await End(service, 0);
        Assert.Equal(before, await State(box));
        Assert.DoesNotMatch("(?m)^(?!<[0-7]>)", _log.ToString().TrimEnd());
    }

    [SandboxFact]
    public async Task It_takes_the_tunnel_down_even_where_its_file_cannot_be_read_any_more()
    {
        await using var box = await PreparedBox();
        var before = await State(box);
        using var service = Start(box);
        await Await("READY=1");
        await Write(box, "[Interfere]\n");
        _ = Native.kill(service.Id, Native.SIGHUP);
        Assert.Contains("could not be reloaded", await Await("could not be reloaded"), StringComparison.Ordinal);
        await End(service, 0);
        Assert.Contains("<3>(service0) /etc/wireguard/service0.conf:1", _log.ToString(), StringComparison.Ordinal);
        Assert.Equal(before, await State(box));
    }

    [SandboxFact]
    public async Task A_port_for_metrics_that_is_taken_is_a_step_that_fails_and_all_is_taken_back()
    {
        await using var box = await PreparedBox();
        var before = await State(box);
        using var first = UnitSandbox.Start(new UnitFile("pfsvpn-metrics.service"), box, static () => { }, [], Command.Pfsvpn, "metrics", "--listen", "127.0.0.1:9586");
        Assert.Contains(" serves ", await first.StandardError.ReadLineAsync(), StringComparison.Ordinal);
        var up = await box.TryRunAsync(Command.Pfsvpn, ["up", "--metrics", "127.0.0.1:9586", Name]);
        Assert.Equal(1, up.ExitCode);
        Assert.Matches($"{Name}: step [0-9]+ of [0-9]+ failed, start the daemon: .*pfsvpnd --metrics 127.0.0.1:9586 {Name}: .*another program listens there; choose another address or port", up.Error);
        Assert.EndsWith("Everything has been taken back.\n", up.Error, StringComparison.Ordinal);
        Assert.Equal(before, await State(box));
        _ = Native.kill(first.Id, Native.SIGTERM);
        await first.WaitForExitAsync();
    }

    public void Dispose() => _manager.Dispose();

    /// <summary>A host without resolvconf, on which the peer has a name.</summary>
    private static async Task<TunnelBox> PreparedBox()
    {
        var box = await TunnelBox.OpenAsync();
        await box.RunAsync("bash", "-c", "for program in $(type -aP resolvconf); do mount --bind /dev/null \"$program\"; done; echo '10.9.0.2 gate.example' >> /etc/hosts");
        // Other tunnels may count on it by then, so it stays, as wg-quick lets it.
        await box.RunAsync("sysctl", "-q", "net.ipv4.conf.all.src_valid_mark=1");
        await Write(box, Configuration);
        return box;
    }

    private static Task<string> Write(TunnelBox box, string text) => box.RunAsync("bash", "-c", $"umask 077; cat > {ConfigurationPath} <<'END'\n{text}END");

    private static Task<string> State(TunnelBox box) => box.RunAsync("bash", Path.Combine(TunnelBox.Scripts, "state.sh"));

    private Process Start(TunnelBox box, params string[] options)
    {
        var command = $"export JOURNAL_STREAM=$(stat -Lc %d:%i /dev/stderr) WATCHDOG_PID=$$; exec {Command.Pfsvpn} up --foreground {string.Join(' ', options)} {Name}";
        (string, string?)[] variables = [("NOTIFY_SOCKET", NotifyPath), ("WATCHDOG_USEC", "1000000"), ("LOG_LEVEL", "error")];
        var service = UnitSandbox.Start(_unit, box, () => _manager.Bind(new UnixDomainSocketEndPoint(NotifyPath)), variables, "bash", "-c", command);
        service.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not null) lock (_log) _log.Append(line.Data).Append('\n');
        };
        service.BeginErrorReadLine();
        return service;
    }

    private async Task End(Process service, int exitCode)
    {
        _ = Native.kill(service.Id, Native.SIGTERM);
        await Await("STOPPING=1");
        await service.WaitForExitAsync();
        Assert.True(service.ExitCode == exitCode, _log.ToString());
    }

    /// <summary>The next message that has these words.</summary>
    private Task<string> Await(string words) => Task.Run(() =>
    {
        var buffer = new byte[4096];
        var heard = new List<string>();
        try
        {
            while (true)
            {
                heard.Add(Encoding.UTF8.GetString(buffer, 0, _manager.Receive(buffer)));
                if (heard[^1].Contains(words, StringComparison.Ordinal)) return heard[^1];
            }
        }
        catch (SocketException silence)
        {
            throw new InvalidOperationException($"no {words}, but {string.Join(" | ", heard)}: {silence.Message}\n{_log}", silence);
        }
    });

    private sealed class SandboxFactAttribute : FactAttribute
    {
        public SandboxFactAttribute() => Skip = Requirements.Skip(Requirements.Missing ?? UnitSandbox.Missing ?? (Requirements.Find("curl") is null ? "missing program: curl" : null));
    }
}
