using System.Text.Json;
using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Windows;

/// <summary>A running pfsvpnd.exe is configured and asked over its pipe, and shows what pfsvpnd shows on Linux.</summary>
public sealed class WindowsControlTests(ITestOutputHelper output)
{
    [WindowsFact]
    public async Task What_was_set_is_shown_as_on_linux()
    {
        await using var network = new TestNetwork(output);
        var windows = await network.StartAsync(Implementation.Windows, await network.AddNamespaceAsync("windows"));
        var linux = await network.StartAsync(Implementation.PfsVpn, await network.AddNamespaceAsync("linux"));
        var peer = await WireGuardKey.PublicAsync(windows.PrivateKey);
        // Without an endpoint: nothing happens, and what is shown does not depend on time.
        var settings = new PeerSettings(peer, "10.1.0.0/16, fd01::/16") { PresharedKey = WireGuardKey.Random(), PersistentKeepalive = 25 };
        var text = $"[Interface]\nPrivateKey = {linux.PrivateKey}\nListenPort = 40404\nFwMark = 0x10\n{settings}";
        foreach (var end in new[] { windows, linux })
        {
            await end.UpAsync(1420);
            await end.SetConfigurationAsync(text);
            await end.SetAsync($"peer {peer} persistent-keepalive 5 allowed-ips 10.2.0.0/16");
            await end.SetOwnAsync("rekey-after-time 60");
        }

        foreach (var words in new[] { "show {0} private-key", "show {0} peers", "show {0} dump", "showconf {0}" })
            Assert.Equal(await OwnAsync(linux, words), await OwnAsync(windows, words));
        Assert.Equal(Keys(await OwnAsync(linux, "show {0} --json")), Keys(await OwnAsync(windows, "show {0} --json")));
        Assert.Equal(Keys(await OwnAsync(linux, "secrecy {0} --json")), Keys(await OwnAsync(windows, "secrecy {0} --json")));
        Assert.Contains("pfsvpn_up{interface=\"NAME\"} 1\n", await OwnAsync(windows, "metrics {0} --once"), StringComparison.Ordinal);
        // Not `show' of all: Wine cannot list pipes.
        Assert.Contains("interface: NAME\n", await OwnAsync(windows, "show {0}"), StringComparison.Ordinal);
    }

    [WindowsConsoleFact]
    public async Task Top_draws_on_a_console_takes_its_keys_and_gives_it_back()
    {
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, Implementation.Windows, Implementation.PfsVpn);
        await tunnel.ConnectAsync();
        var machine = ((WindowsHost)tunnel.Left.Tools).Machine;
        await using var terminal = await Tmux.StartAsync(network.Journal, 140, 30);
        await terminal.SendAsync($"{machine.Launcher} {Path.Combine(WindowsPrograms.Folder, "pfsvpn.exe")} top {tunnel.Left.Interface}; echo ended $?", "Enter");

        // Wine's console does not know all of what a terminal is told, and lines break: these words stay whole.
        await terminal.UntilAsync(tunnel.Right.PublicKey[..6]);
        await terminal.SendAsync("?");
        await terminal.UntilAsync("anew");
        await terminal.SendAsync("q");
        await terminal.UntilAsync("ended 0");
        Assert.Equal("0 1 1", await terminal.FlagsAsync());
    }

    [WindowsFact]
    public async Task A_port_in_use_is_refused_and_the_other_daemon_goes_on()
    {
        await using var network = new TestNetwork(output);
        var end = await network.StartAsync(Implementation.Windows, await network.AddNamespaceAsync("windows"));
        using var other = end.Host.OpenUdp(System.Net.IPAddress.Any, 40404);
        await end.SetConfigurationAsync($"[Interface]\nPrivateKey = {end.PrivateKey}\n");
        await end.UpAsync(1420);

        var refused = await end.TryOwnAsync("set", end.Interface, "listen-port", "40404");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("in use", refused.Error, StringComparison.OrdinalIgnoreCase);
        await end.SetAsync("listen-port 40405");
        Assert.Equal("40405\n", await OwnAsync(end, "show {0} listen-port"));
    }

    [WindowsFact]
    public async Task A_daemon_that_hangs_costs_metrics_no_more_than_its_patience()
    {
        await using var network = new TestNetwork(output);
        var end = await network.StartAsync(Implementation.Windows, await network.AddNamespaceAsync("windows"));
        ShellResult hung;
        end.Daemon.Signal(Syscalls.SIGSTOP);
        try
        {
            hung = await end.TryOwnAsync("metrics", end.Interface, "--once");
        }
        finally
        {
            end.Daemon.Signal(Syscalls.SIGCONT);
        }
        Assert.Equal(1, hung.ExitCode);
        Assert.Contains($"pfsvpn_up{{interface=\"{end.Interface}\"}} 0\n", hung.Output, StringComparison.Ordinal);
        Assert.Equal($"Unable to access interface {end.Interface}: Connection timed out\n", hung.Error);
        Assert.Contains("pfsvpn_up{interface=\"NAME\"} 1\n", await OwnAsync(end, "metrics {0} --once"), StringComparison.Ordinal);
    }

    [WindowsFact]
    public async Task A_second_daemon_for_the_same_interface_is_refused_and_the_first_goes_on()
    {
        await using var network = new TestNetwork(output);
        var end = await network.StartAsync(Implementation.Windows, await network.AddNamespaceAsync("windows"));
        var machine = ((WindowsHost)end.Tools).Machine;
        var second = await machine.TryRunAsync(Path.Combine(WindowsPrograms.Folder, "pfsvpnd.exe"), [end.Interface]);

        Assert.Equal(1, second.ExitCode);
        Assert.Contains($"{end.Interface} exists already: another program has this tunnel", second.Error, StringComparison.Ordinal);
        end.Daemon.DemandRunning();
        await end.SetAsync("listen-port 40404");
    }

    // What it prints, with NAME for the interface's name.
    private static async Task<string> OwnAsync(TunnelEnd end, string words) =>
        Shell.Checked(await end.TryOwnAsync(words.Split(' ').Select(word => word == "{0}" ? end.Interface : word).ToArray())).Output.Replace(end.Interface, "NAME", StringComparison.Ordinal);

    // The names of all members, each once, in order: values differ with time, names must not. Which offloads there are is the system's, and what was dropped or failed is chance.
    private static string Keys(string json)
    {
        using var document = JsonDocument.Parse(json);
        return string.Join('\n', Names(document.RootElement, "").Distinct(StringComparer.Ordinal).Where(static name => !name.Contains(".offloads", StringComparison.Ordinal) && !name.Contains(".drops", StringComparison.Ordinal) && !name.Contains(".failed", StringComparison.Ordinal)));
    }

    private static IEnumerable<string> Names(JsonElement element, string path) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => Names(member.Value, $"{path}.{member.Name}").Prepend($"{path}.{member.Name}")),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(item => Names(item, path + "[]")),
        _ => [],
    };
}
