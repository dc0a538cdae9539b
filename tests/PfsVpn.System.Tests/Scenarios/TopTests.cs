using System.Text.RegularExpressions;
using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Scenarios;

/// <summary><c>pfsvpn top</c> on a real terminal, with real daemons and traffic.</summary>
public sealed partial class TopTests(ITestOutputHelper output)
{
    [TmuxFact]
    public async Task Top_shows_two_daemons_takes_keys_and_another_size_and_says_when_one_goes_and_comes_back()
    {
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, Implementation.PfsVpn, Implementation.PfsVpn);
        await tunnel.ConnectAsync();
        await using var terminal = await Tmux.StartAsync(network.Journal, 120, 24, tunnel.Left.Interface, tunnel.Right.Interface);
        await RunAsync(terminal, "top --interval 0.2");

        var stop = new TaskCompletionSource();
        using (var ping = Pinger.Open(tunnel.Left.Interior, Tunnel.RightV4))
        {
            var flow = ping.SteadilyAsync(TimeSpan.FromMilliseconds(20), stop.Task);
            var screen = await terminal.UntilAsync("a rate of both", screen => screen.Count(line => RowWithRate().IsMatch(line)) == 2);
            Assert.StartsWith("pfsvpn top  2 peers, 2 connected  by rate", screen[0], StringComparison.Ordinal);
            Assert.Contains(screen, line => line.StartsWith(tunnel.Left.Interface + "  up  in ", StringComparison.Ordinal));
            Assert.Contains(screen, line => line.StartsWith(tunnel.Left.Interface + " ", StringComparison.Ordinal) && line.Contains(tunnel.Right.PublicKey[..8], StringComparison.Ordinal) && line.Contains("10.9.0.2:51822", StringComparison.Ordinal));
            Assert.Equal(24, screen.Length);
            await PressAsync(terminal, tunnel);
            stop.SetResult();
            await flow;
        }

        await tunnel.Right.StopAsync();
        await terminal.UntilAsync($"{tunnel.Right.Interface}  gone for ");
        await tunnel.Right.StartAsync();
        await terminal.UntilAsync($"{tunnel.Right.Interface}  back, was gone for ");
        await terminal.SendAsync("q");
        await AssertEndAsync(terminal, 0);
    }

    [TmuxFact]
    public async Task However_it_ends_the_terminal_is_as_it_was()
    {
        await using var network = new TestNetwork(output);
        var host = await network.AddNamespaceAsync("only");
        var end = await network.StartAsync(Implementation.PfsVpn, host);
        await using var terminal = await Tmux.StartAsync(network.Journal, 80, 20, end.Interface);
        foreach (var (keys, signal, code) in new[] { ("C-c", "", 0), ("", "TERM", 143), ("", "HUP", 129), (@"C-\", "", 131) })
        {
            await RunAsync(terminal, "top");
            await terminal.UntilAsync(end.Interface + "  down");
            Assert.Equal("1 0 0", await terminal.FlagsAsync());
            if (keys.Length > 0) await terminal.SendAsync(keys);
            else await Shell.RunAsync("kill", "-" + signal, await terminal.ProgramAsync());
            await AssertEndAsync(terminal, code);
        }

        // Stopped, and going on again.
        await RunAsync(terminal, "top");
        await terminal.UntilAsync(end.Interface + "  down");
        await terminal.SendAsync("C-z");
        await AssertEndAsync(terminal, 128 + 20);
        await terminal.SendAsync("fg", "Enter");
        await terminal.UntilAsync(end.Interface + "  down");
        Assert.Equal("1 0 0", await terminal.FlagsAsync());
        await terminal.SendAsync("q");
        await AssertEndAsync(terminal, 0);

        // Into a pipe it is not drawn at all.
        await terminal.SendAsync($"clear; {Programs.Cli} top | cat", "Enter");
        await terminal.UntilAsync("top needs a terminal, and standard output is none.");
    }

    /// <summary>Keys and another size.</summary>
    private static async Task PressAsync(Tmux terminal, Tunnel tunnel)
    {
        await terminal.SendAsync("n", "R");
        await terminal.UntilAsync("by name (turned)");
        await terminal.SendAsync("/", tunnel.Left.PublicKey[..6]);
        var screen = await terminal.UntilAsync("one row", static screen => Connected(screen) == 1);
        Assert.Contains($"filter \"{tunnel.Left.PublicKey[..6]}\": 1", screen[0], StringComparison.Ordinal);
        await terminal.SendAsync("Escape");
        await terminal.UntilAsync("two rows", static screen => Connected(screen) == 2);
        await terminal.SendAsync("p");
        await terminal.UntilAsync("PAUSED");
        await terminal.SendAsync("p", "?");
        await terminal.UntilAsync("R turn round");
        await terminal.SendAsync("?");
        foreach (var (columns, rows) in new[] { (76, 12), (160, 40) })
        {
            await terminal.ResizeAsync(columns, rows);
            screen = await terminal.UntilAsync($"{columns} columns, {rows} rows", screen => screen.Length == rows && screen[0].Length == columns && screen[^1].StartsWith("q quit", StringComparison.Ordinal));
            Assert.Equal(2, Connected(screen));
        }
    }

    /// <summary>Rows of peers with that state: the title counts them too.</summary>
    private static int Connected(string[] screen) => screen.Skip(1).Count(static line => line.Contains(" connected ", StringComparison.Ordinal));

    /// <summary>Runs it on a clean screen, with the terminal's settings written down before.</summary>
    private static Task RunAsync(Tmux terminal, string words) => terminal.SendAsync($"clear; before=$(stty -g); {Programs.Cli} {words}", "Enter");

    /// <summary>The shell has the terminal again, with its settings as they were, and nothing of the program stands on it.</summary>
    private static async Task AssertEndAsync(Tmux terminal, int code)
    {
        // Keys that come before the terminal is given back are dropped.
        await terminal.UntilAsync("a prompt", static screen => screen.LastOrDefault(static line => line.Length > 0) == Tmux.Prompt);
        await terminal.SendAsync("""echo "ended $?" $([ "$before" = "$(stty -g)" ] && echo "as before")""", "Enter");
        var screen = await terminal.UntilAsync($"ended {code} as before");
        Assert.DoesNotContain(screen, static line => line.StartsWith("pfsvpn top  ", StringComparison.Ordinal));
        Assert.Equal("0 1 1", await terminal.FlagsAsync());
    }

    /// <summary>A row of a peer with a rate in its column: a number of bytes behind the endpoint.</summary>
    [GeneratedRegex(@" connected +[0-9.]+:[0-9]+ +[0-9.]+[BKM]", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RowWithRate();
}
