using System.Globalization;

namespace PfsVpn.SystemTests.Harness;

/// <summary>A terminal with nobody before it: a shell in tmux, keys sent, its screen looked at. It sees the control sockets of the interfaces that it is told of and no others.</summary>
public sealed class Tmux : IAsyncDisposable
{
    // Control sockets of all namespaces lie in one folder, and other tests run beside this one.
    private const string Script =
        """
        mkdir -p "$1" && mount --bind /run/wireguard "$1" && mount -t tmpfs tmpfs /run/wireguard || exit
        real=$1 socket=$2 columns=$3 rows=$4
        shift 4
        for name; do ln -s "$real/$name.sock" "/run/wireguard/$name.sock"; done
        exec env -u TMUX -u NO_COLOR LANG=C.UTF-8 LC_ALL=C.UTF-8 tmux -f /dev/null -S "$socket" new-session -d -x "$columns" -y "$rows" 'exec env PS1="ready> " bash --norc --noprofile'
        """;

    /// <summary>The shell's prompt, as it stands on a line of its own.</summary>
    public const string Prompt = "ready>";

    private readonly string _socket;
    private readonly Journal _journal;

    private Tmux(string socket, Journal journal) => (_socket, _journal) = (socket, journal);

    /// <summary>Why a test with it cannot run here, or null.</summary>
    public static string? Missing => Requirements.Find("tmux") is null ? "there is no tmux (test.sh installs it)" : null;

    /// <summary>Starts the shell on a screen of some size.</summary>
    public static async Task<Tmux> StartAsync(Journal journal, int columns, int rows, params string[] interfaces)
    {
        var socket = TestRun.FilePath("tmux");
        string[] size = [columns.ToString(CultureInfo.InvariantCulture), rows.ToString(CultureInfo.InvariantCulture)];
        await Shell.RunAsync("unshare", ["--mount", "--propagation", "private", "sh", "-c", Script, "sh", TestRun.FilePath("sockets"), socket, .. size, .. interfaces]);
        var tmux = new Tmux(socket, journal);
        TestRun.Register(socket, () => Shell.RunAsync("tmux", "-S", socket, "kill-server").Wait());
        await tmux.UntilAsync("a prompt", static screen => screen[0] == Prompt);
        return tmux;
    }

    /// <summary>Sends keys, each as tmux names it, or text.</summary>
    public Task SendAsync(params string[] keys)
    {
        _journal.Add("terminal", "> " + string.Join(' ', keys));
        return RunAsync(["send-keys", .. keys]);
    }

    /// <summary>Gives the window another size.</summary>
    public Task ResizeAsync(int columns, int rows) => RunAsync("resize-window", "-x", $"{columns}", "-y", $"{rows}");

    /// <summary>The lines of the screen.</summary>
    public async Task<string[]> ScreenAsync() => (await RunAsync("capture-pane", "-p")).TrimEnd('\n').Split('\n');

    /// <summary>Whether the alternate screen is on, the cursor is seen, and lines are wrapped: of a terminal that is left as it was, "0 1 1".</summary>
    public async Task<string> FlagsAsync() => (await RunAsync("display-message", "-p", "#{alternate_on} #{cursor_flag} #{wrap_flag}")).Trim();

    /// <summary>The process that runs in the shell.</summary>
    public async Task<string> ProgramAsync()
    {
        var shell = (await RunAsync("display-message", "-p", "#{pane_pid}")).Trim();
        return (await Shell.RunAsync("pgrep", "-P", shell)).Trim();
    }

    /// <summary>Waits until the screen is as it should be, and returns it.</summary>
    public async Task<string[]> UntilAsync(string what, Func<string[], bool> condition)
    {
        string[] screen = [];
        try
        {
            await Wait.UntilAsync(what, async () => condition(screen = await ScreenAsync()));
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"{late.Message}; the screen is:\n{string.Join('\n', screen)}", late);
        }
        _journal.Add("terminal", $"{what}:\n{string.Join('\n', screen)}");
        return screen;
    }

    /// <summary>Waits for a text anywhere on the screen, and returns that.</summary>
    public Task<string[]> UntilAsync(string text) => UntilAsync(text, screen => screen.Any(line => line.Contains(text, StringComparison.Ordinal)));

    public async ValueTask DisposeAsync()
    {
        await Shell.TryRunAsync("tmux", ["-S", _socket, "kill-server"]);
        TestRun.Unregister(_socket);
    }

    private Task<string> RunAsync(params string[] words) => Shell.RunAsync("tmux", ["-u", "-S", _socket, .. words]);
}
