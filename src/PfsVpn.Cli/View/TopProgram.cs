using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using PfsVpn.Runtime;
using PfsVpn.Timers;

namespace PfsVpn.Cli.View;

/// <summary>Runs <c>top</c>: events from threads and signals in, one after the other, frames out.</summary>
/// <remarks>Threading: the model, the screen and the terminal belong to the thread of <see cref="Run"/>; all others only post events.</remarks>
internal sealed class TopProgram : IDisposable
{
    /// <summary>Ages are in seconds, so they are drawn each second though nothing came.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    /// <summary>What belongs to an escape sequence comes sooner, also over slow lines; else it was the key.</summary>
    private static readonly TimeSpan EscapeWait = TimeSpan.FromMilliseconds(50);

    // By number: the framework's names of these are fenced off from systems on which this program does not run at all.
    private const PosixSignal Continued = (PosixSignal)18, TerminalStop = (PosixSignal)20, WindowChanged = (PosixSignal)28;

    private readonly CliContext _context;
    private readonly BlockingCollection<TopEvent> _events = [];
    private readonly List<PosixSignalRegistration> _signals = [];
    private readonly KeyDecoder _decoder = new();
    private readonly TopModel _model = new();
    private readonly TopLayout _layout;
    private readonly TopScreen _screen;
    private readonly ScreenWriter _writer;
    private readonly TerminalSession _terminal;
    private readonly bool _isOne;
    private MonotonicTime _typedAt;
    private int? _exitCode;

    /// <summary>Takes the terminal over and begins to ask.</summary>
    /// <param name="context">What surrounds the run; its output and its input are the terminal.</param>
    /// <param name="name">The interface; null for all.</param>
    /// <param name="interval">How often its daemon is asked.</param>
    /// <param name="terminalState">The state of the terminal, to be set again.</param>
    public TopProgram(CliContext context, string? name, TimeSpan interval, byte[] terminalState)
    {
        _context = context;
        _isOne = name is not null;
        _layout = new TopLayout(_model, TerminalTraits.IsUnicode(context.Environment), interval);
        _screen = new TopScreen(TerminalTraits.WantsColours(context.Environment));
        _writer = new ScreenWriter(context.Output);
        // Signals first: from the moment that the terminal is ours, each end gives it back.
        On(PosixSignal.SIGINT, new TopEvent.End(0));
        On(PosixSignal.SIGTERM, new TopEvent.End(128 + 15));
        On(PosixSignal.SIGHUP, new TopEvent.End(128 + 1));
        On(PosixSignal.SIGQUIT, new TopEvent.End(128 + 3));
        // Windows tells of none of these: its size is looked at with every frame, and nobody stops a program there.
        if (!OperatingSystem.IsWindows())
        {
            On(WindowChanged, new TopEvent.Redraw(TakeOver: false));
            On(Continued, new TopEvent.Redraw(TakeOver: true));
            On(TerminalStop, new TopEvent.Stop());
        }
        _terminal = new TerminalSession(context.Output, context.StandardInput, terminalState);
        var sampler = new TopSampler(context, interval, Post);
        if (name is null) sampler.WatchAll();
        else sampler.Watch(name);
        new Thread(ReadKeys) { IsBackground = true, Name = "top keys" }.Start();
    }

    /// <summary>Goes on until somebody ends it. Returns the exit code.</summary>
    public int Run()
    {
        while (_exitCode is null)
        {
            Draw();
            _ = _events.TryTake(out var first, _decoder.IsPending ? EscapeWait : Tick);
            // All that is there goes into one frame.
            for (var next = first; next is not null && _exitCode is null;) next = Handle(next) && _events.TryTake(out var more) ? more : null;
            if (_decoder.IsPending && BootClock.Now - _typedAt >= EscapeWait) Press(_decoder.Flush());
        }
        return _exitCode.Value;
    }

    /// <summary>Gives the terminal back.</summary>
    public void Dispose()
    {
        _terminal.Dispose();
        foreach (var signal in _signals) signal.Dispose();
    }

    private void Draw()
    {
        var size = _context.TerminalSize();
        if (size.Rows <= 0 || size.Columns <= 0) size = (24, 80);
        var clock = _context.Clock.GetLocalNow().ToString("HH:mm:ss", CultureInfo.InvariantCulture);
        var view = _layout.Lay(size.Rows, size.Columns, clock, BootClock.Now);
        _writer.Show(_screen.Draw(view, size.Rows, size.Columns), size);
    }

    private bool Handle(TopEvent what)
    {
        switch (what)
        {
            case TopEvent.Sampled sampled:
                _model.Take(sampled.Sample, BootClock.Now);
                break;
            case TopEvent.Failed failed:
                _model.Fail(failed.Name, failed.Why, isNew: _isOne || !failed.IsGone, BootClock.Now);
                break;
            case TopEvent.Typed typed:
                _typedAt = BootClock.Now;
                Press(_decoder.Feed(typed.Bytes));
                break;
            case TopEvent.Redraw redraw:
                if (redraw.TakeOver) _terminal.Enter();
                _writer.Forget();
                break;
            case TopEvent.Stop:
                _terminal.Leave();
                NativeTerminal.StopSelf();
                _terminal.Enter();
                _writer.Forget();
                break;
            case TopEvent.End end:
                _exitCode = end.ExitCode;
                break;
            case TopEvent.Broken broken:
                ExceptionDispatchInfo.Throw(broken.Failure);
                break;
        }
        what.Taken?.Release();
        return true;
    }

    private void Press(IReadOnlyList<TopKey> keys)
    {
        foreach (var key in keys)
        {
            if (key.Kind == TopKeyKind.Redraw) _writer.Forget();
            else if (!_model.Press(key, BootClock.Now)) _exitCode ??= 0;
        }
    }

    private void On(PosixSignal signal, TopEvent what) => _signals.Add(PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        Post(what);
    }));

    private void ReadKeys()
    {
        Span<byte> bytes = stackalloc byte[256];
        while (NativeFile.Read(_context.StandardInput, bytes) is var count and > 0) Post(new TopEvent.Typed(bytes[..count].ToArray()));
        // The terminal has gone.
        Post(new TopEvent.End(128 + 1));
    }

    private void Post(TopEvent what) => _events.Add(what);
}
