using PfsVpn.Cli.Output;

namespace PfsVpn.Cli.View;

/// <summary>A terminal taken over for a full-screen program, and given back as it was: on every end, also where the process dies of an exception on another thread.</summary>
/// <remarks>References: xterm control sequences (alternate screen 1049, cursor 25, autowrap 7). Threading: <see cref="Leave"/> is safe from any thread; the rest belongs to one.</remarks>
internal sealed class TerminalSession : IDisposable
{
    // The alternate screen keeps what stood there and where the cursor was. Without autowrap a line that is too long is cut rather than pushing the others down.
    private static ReadOnlySpan<byte> EnterScreen => "\e[?1049h\e[?25l\e[?7l"u8;

    // Cleared first: tmux 3.3 leaves a row of the alternate screen behind where its size was changed twice.
    private static ReadOnlySpan<byte> LeaveScreen => "\e[0m\e[?2026l\e[H\e[2J\e[?7h\e[?25h\e[?1049l"u8;

    private readonly IByteSink _output;
    private readonly int _input;
    private readonly byte[] _original;
    private int _isIn;

    /// <summary>Takes the terminal over.</summary>
    /// <param name="output">The terminal as it is written to.</param>
    /// <param name="input">The descriptor that keys come from.</param>
    /// <param name="original">The state of that, to be set again.</param>
    public TerminalSession(IByteSink output, int input, byte[] original)
    {
        (_output, _input, _original) = (output, input, original);
        AppDomain.CurrentDomain.ProcessExit += OnEnd;
        AppDomain.CurrentDomain.UnhandledException += OnEnd;
        Enter();
    }

    /// <summary>Takes the terminal over again after <see cref="Leave"/>.</summary>
    public void Enter()
    {
        Volatile.Write(ref _isIn, 1);
        NativeTerminal.SetRaw(_input, _original);
        _output.Write(EnterScreen);
    }

    /// <summary>Gives the terminal back. Nothing the second time.</summary>
    public void Leave()
    {
        if (Interlocked.Exchange(ref _isIn, 0) == 0) return;
        try
        {
            _output.Write(LeaveScreen);
        }
        catch (CliException)
        {
            // The terminal has gone: nobody sees what it looks like.
        }
        NativeTerminal.Restore(_input, _original);
    }

    /// <summary>Gives the terminal back for good.</summary>
    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnEnd;
        AppDomain.CurrentDomain.UnhandledException -= OnEnd;
        Leave();
    }

    private void OnEnd(object? sender, EventArgs e) => Leave();
}
