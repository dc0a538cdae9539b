using PfsVpn.Daemon.Bus;
using PfsVpn.Interop;
using Libc = PfsVpn.Interop.Libc;

namespace PfsVpn.Daemon.Watch;

/// <summary>
/// Learns from logind, over the system's message bus, that the machine is about to sleep, and delays that until the session keys are erased.
/// Without a bus or logind nothing happens but that somebody looks for them now and then; both may come, go and come back.
/// </summary>
/// <remarks>
/// References: https://www.freedesktop.org/wiki/Software/systemd/inhibit/, org.freedesktop.login1(5). logind waits for at most InhibitDelayMaxSec, 5 s unless it is set.
/// Only what logind itself sends counts: the bus vouches for the sender's name, and any process may send a signal to us.
/// Threading: a thread of its own. Ownership: the device is the caller's.
/// </remarks>
internal sealed class SleepWatch : IDisposable
{
    private const string Logind = "org.freedesktop.login1", LogindPath = "/org/freedesktop/login1", Manager = "org.freedesktop.login1.Manager";
    private const string Bus = "org.freedesktop.DBus";
    private const string SleepRule = $"type='signal',sender='{Logind}',path='{LogindPath}',interface='{Manager}',member='PrepareForSleep'";
    private const string OwnerRule = $"type='signal',sender='{Bus}',interface='{Bus}',member='NameOwnerChanged',arg0='{Logind}'";

    private readonly string _addresses;
    private readonly ISleeper _sleeper;
    private readonly SleepWatchSettings _settings;
    private readonly WakeEvent _stop = new();
    private readonly TaskCompletionSource _firstLook = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _thread;
    private volatile bool _stopping;
    private volatile string _state = "it has not been asked yet";
    private int _inhibitor = -1;
    private string _logind = "";

    /// <summary>Starts the thread.</summary>
    public SleepWatch(string addresses, ISleeper sleeper, SleepWatchSettings? settings = null)
    {
        (_addresses, _sleeper, _settings) = (addresses, sleeper, settings ?? new SleepWatchSettings());
        _thread = new Thread(Run, maxStackSize: 256 * 1024) { IsBackground = true, Name = "sleep" };
        _thread.Start();
    }

    /// <summary>Whether logind will wait for us.</summary>
    public bool Holds => Volatile.Read(ref _inhibitor) >= 0;

    /// <summary>For a watch that does not hold: why.</summary>
    public string State => _state;

    /// <summary>Completes when it is known for the first time whether it holds.</summary>
    public Task FirstLook => _firstLook.Task;

    /// <summary>Ends the thread and lets the machine sleep without us.</summary>
    public void Dispose()
    {
        _stopping = true;
        _stop.Set();
        _thread.Join();
        _stop.Dispose();
    }

    private void Run()
    {
        var pause = _settings.FirstPause;
        while (!_stopping)
        {
            try
            {
                using var connection = BusConnection.TryOpen(_addresses, _stop, _settings.AnswerInMilliseconds, out var failure);
                if (connection is null)
                {
                    _state = $"there is no system bus ({failure})";
                }
                else
                {
                    pause = _settings.FirstPause;
                    Serve(connection);
                }
            }
            catch (BusException lost)
            {
                _state = $"the system bus: {lost.Message}";
            }
            Release();
            _firstLook.TrySetResult();
            Pause(pause);
            pause = pause * 2 < _settings.LongestPause ? pause * 2 : _settings.LongestPause;
        }
    }

    private void Serve(BusConnection connection)
    {
        _logind = "";
        connection.Keeps = IsTrusted;
        connection.AddMatch(OwnerRule);
        connection.AddMatch(SleepRule);
        Inhibit(connection);
        _firstLook.TrySetResult();
        while (connection.NextSignal() is { } signal)
        {
            if (!IsTrusted(signal)) continue;
            if (signal.IsSignal(Bus, "NameOwnerChanged")) LogindChanged(connection, signal);
            else if (signal.IsSignal(Manager, "PrepareForSleep")) SleepChanged(connection, signal);
        }
    }

    private bool IsTrusted(BusMessage signal) => signal.Sender.Length != 0 && (signal.Sender == Bus || signal.Sender == _logind);

    /// <summary>logind starts or ends; a new one knows of no inhibitor.</summary>
    private void LogindChanged(BusConnection connection, BusMessage signal)
    {
        var reader = new BusReader(signal.Body.Span);
        if (!reader.TryString(out var name) || name != Logind || !reader.TryString(out _) || !reader.TryString(out var owner)) return;
        Release();
        _logind = "";
        if (owner.Length != 0) Inhibit(connection);
        else _state = "logind has ended";
    }

    private void SleepChanged(BusConnection connection, BusMessage signal)
    {
        if (!new BusReader(signal.Body.Span).TryBoolean(out var begins)) return;
        if (!begins)
        {
            _sleeper.Resume();
            Inhibit(connection);
            return;
        }
        _ = _sleeper.PrepareForSleepAsync().Wait(_settings.LongestDelay);
        Release();
        _state = "the machine is going to sleep";
    }

    /// <summary>Takes a delay lock, which lasts as long as its descriptor is open.</summary>
    private void Inhibit(BusConnection connection)
    {
        Release();
        var words = new BusWriter().String("sleep").String("PfsVpn").String("Session keys are erased before the machine sleeps").String("delay");
        var answer = connection.Call(Logind, LogindPath, Manager, "Inhibit", words);
        if (answer.Kind == BusMessageKind.Error)
        {
            _state = $"logind cannot be asked ({answer.ErrorName})";
            return;
        }
        _logind = answer.Sender;
        Volatile.Write(ref _inhibitor, new BusReader(answer.Body.Span).TryUInt32(out var index) ? connection.TakeDescriptor(index) : -1);
        _state = Holds ? "" : "logind answered without a lock";
    }

    private void Release()
    {
        var inhibitor = Interlocked.Exchange(ref _inhibitor, -1);
        if (inhibitor >= 0) _ = Libc.close(inhibitor);
    }

    private unsafe void Pause(TimeSpan pause)
    {
        var wait = new Libc.pollfd { fd = _stop.Descriptor, events = Libc.POLLIN };
        if (!_stopping) _ = Libc.poll(&wait, 1, (int)pause.TotalMilliseconds);
    }
}
