using PfsVpn.Interop;

namespace PfsVpn.Tun;

/// <summary>Follows a Wintun adapter by the IP helper's notifications, and watches the machine's routes and addresses.</summary>
/// <remarks>
/// Up: a Wintun adapter with a session is connected, so it is up from the start to its end. Down there is not: an adapter that somebody disables loses its session, and that is its end.
/// MTU: each family has its own; the smaller counts, as there is one tunnel for both. A family that comes later than the adapter (IPv6, switched on by hand) is given what the adapter has.
/// Routes: one call at once for the first change, then at most one every <see cref="RouteInterval"/> milliseconds, the last change included.
/// Notifications say only that something changed: the thread asks what is so now. So nothing is lost where they come in disorder, or many at once.
/// Threading: the observer is called on the monitor's thread.
/// </remarks>
internal sealed class WindowsLinkMonitor : ILinkMonitor
{
    /// <summary>Least milliseconds between two reports of changed routes.</summary>
    internal const int RouteInterval = 300;

    private readonly WintunDevice _device;
    private readonly IIpChanges _changes;
    private readonly WakeEvent _wake = new();
    private readonly bool[] _hasFamily = new bool[2];
    private Thread? _thread;
    private int _reportedMtu;
    private long _nextRouteReport;
    private volatile bool _adapterChanged;
    private volatile bool _adapterDeleted;
    private volatile bool _routesChanged;
    private volatile bool _stop;

    /// <summary>Listens from here on.</summary>
    /// <exception cref="IOException">The system refuses.</exception>
    public WindowsLinkMonitor(WintunDevice device)
        : this(device, new WindowsIpChanges())
    {
    }

    /// <summary>For tests: with notifications from somewhere else.</summary>
    internal WindowsLinkMonitor(WintunDevice device, IIpChanges changes)
    {
        (_device, _changes) = (device, changes);
        try
        {
            changes.Start(Hear);
        }
        catch
        {
            Release();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Start(ILinkObserver observer)
    {
        if (_thread is not null) throw new InvalidOperationException("The monitor runs already.");
        _thread = new Thread(() => Run(observer), maxStackSize: 256 * 1024) { IsBackground = true, Name = "pfsvpn links" };
        _thread.Start();
        _device.WhenGone(_wake.Set);
    }

    /// <summary>Ends the thread, and waits for that unless the observer itself is calling.</summary>
    public void Dispose()
    {
        if (_stop) return;
        _stop = true;
        _wake.Set();
        if (_thread is null) Release();
        else if (_thread != Thread.CurrentThread) _thread.Join();
    }

    /// <summary>On threads of the system.</summary>
    private void Hear(IpChange change)
    {
        if (change.IsInterface && change.Luid == _device.Settings.Luid)
        {
            if (change.IsDeletion) _adapterDeleted = true;
            _adapterChanged = true;
        }
        _routesChanged = true;
        _wake.Set();
    }

    private void Run(ILinkObserver observer)
    {
        Look(observer);
        observer.LinkUp();
        while (!_stop && !IsDeleted())
        {
            // Drained first, looked at then: a change in between sets the event again.
            if (_wake.Wait(TimeToRouteReport())) _wake.Drain();
            if (_stop || IsDeleted()) break;
            if (_adapterChanged)
            {
                _adapterChanged = false;
                Look(observer);
            }
            if (_routesChanged && Environment.TickCount64 >= _nextRouteReport) ReportRoutes(observer);
        }
        if (!_stop) observer.LinkDeleted();
        Release();
    }

    /// <summary>The session says so, or Windows knows the adapter no more of which it told that it was deleted. Where only a family was unbound, it knows it still.</summary>
    private bool IsDeleted() => _device.IsGone || (_adapterDeleted && _device.Settings.ReadAlias() is null);

    private int TimeToRouteReport() => _routesChanged ? (int)Math.Clamp(_nextRouteReport - Environment.TickCount64, 0, RouteInterval) : -1;

    private void ReportRoutes(ILinkObserver observer)
    {
        _routesChanged = false;
        observer.RoutesChanged();
        _nextRouteReport = Environment.TickCount64 + RouteInterval;
    }

    private void Look(ILinkObserver observer)
    {
        var settings = _device.Settings;
        if (settings.ReadAlias() is { } alias && alias != _device.Name) _device.SetName(alias);
        var mtu = Math.Min(ReadMtu(AdapterFamily.V4), ReadMtu(AdapterFamily.V6));
        // Neither family, or nobody to ask: as it was.
        if (mtu == int.MaxValue) mtu = _device.Mtu;
        if (mtu == _reportedMtu) return;
        _reportedMtu = mtu;
        _device.SetMtu(mtu);
        observer.MtuChanged(mtu);
    }

    /// <summary>The MTU of a family, what it is given where it is new; the greatest number where the adapter has not got it.</summary>
    private int ReadMtu(AdapterFamily family)
    {
        ref var had = ref _hasFamily[(int)family];
        var isNew = !had;
        had = false;
        if (_device.Settings.ReadMtu(family) is not { } mtu) return int.MaxValue;
        had = true;
        return isNew && mtu > _device.Mtu && _device.Settings.SetMtu(family, _device.Mtu) == 0 ? _device.Mtu : mtu;
    }

    private void Release()
    {
        _changes.Dispose();
        _wake.Dispose();
    }
}
