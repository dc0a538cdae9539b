using PfsVpn.Interop;

namespace PfsVpn.Tun;

/// <summary>Follows the tunnel's interface by rtnetlink, also into other network namespaces, and watches the host's routes and addresses.</summary>
/// <remarks>
/// Needs CAP_NET_ADMIN, and while it is constructed CAP_NET_BROADCAST for hearing the events of other namespaces at once; without the latter the
/// state of an interface that was moved is asked for every <see cref="PollInterval"/> milliseconds. It never enters a namespace.
/// Routes: one call at once for the first change, then at most one every <see cref="RouteInterval"/> milliseconds, the last change included.
/// Threading: construct it in the namespace in which the daemon was started; the observer is called on the monitor's thread.
/// </remarks>
internal sealed unsafe class LinuxLinkMonitor : ILinkMonitor
{
    /// <summary>Milliseconds between two looks at an interface whose events cannot be heard.</summary>
    internal const int PollInterval = 250;

    /// <summary>Milliseconds between two looks at an interface in a namespace that could end without telling.</summary>
    internal const int CheckInterval = 5000;

    /// <summary>Least milliseconds between two reports of changed routes.</summary>
    internal const int RouteInterval = 300;

    private const uint RouteGroups = Libc.RTMGRP_LINK | Libc.RTMGRP_IPV4_IFADDR | Libc.RTMGRP_IPV6_IFADDR | Libc.RTMGRP_IPV4_ROUTE
        | Libc.RTMGRP_IPV6_ROUTE | Libc.RTMGRP_IPV4_RULE | Libc.RTMGRP_IPV6_RULE | Libc.RTMGRP_NEXTHOP;

    private readonly LinuxTunDevice _device;
    private readonly LinuxLinkLocator _locator = new();
    private readonly NetlinkSocket _links = new(Libc.RTMGRP_LINK);

    // Link events too: the routes of an interface that goes down vanish without a message.
    private readonly NetlinkSocket _routes = new(RouteGroups);
    private readonly WakeEvent _wake = new();
    private readonly byte[] _buffer = new byte[NetlinkSocket.BufferLength];
    private readonly bool _hearsAll;
    private Thread? _thread;
    private long _nextRouteReport;
    private volatile bool _stop;

    /// <summary>Opens its sockets in the calling thread's network namespace.</summary>
    /// <exception cref="IOException">No netlink socket can be opened.</exception>
    public LinuxLinkMonitor(LinuxTunDevice device)
    {
        _device = device;
        _hearsAll = _links.TryListenToAllNamespaces();
    }

    /// <inheritdoc/>
    public void Start(ILinkObserver observer)
    {
        if (_thread is not null) throw new InvalidOperationException("The monitor runs already.");
        var tracker = new LinuxLinkTracker(_device, _locator, _links, observer);
        _thread = new Thread(() => Run(tracker, observer), maxStackSize: 256 * 1024) { IsBackground = true, Name = "pfsvpn links" };
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

    private void Run(LinuxLinkTracker tracker, ILinkObserver observer)
    {
        var waits = stackalloc Libc.pollfd[3];
        waits[0] = new Libc.pollfd { fd = _wake.Descriptor, events = Libc.POLLIN };
        waits[1] = new Libc.pollfd { fd = _links.Descriptor, events = Libc.POLLIN };
        waits[2] = new Libc.pollfd { events = Libc.POLLIN };
        var nextLook = long.MaxValue;
        tracker.Ask();
        while (!_stop && !tracker.IsDeleted)
        {
            var interval = LookInterval(tracker);
            nextLook = interval < 0 ? long.MaxValue : Math.Min(nextLook, Environment.TickCount64 + interval);
            if (Wait(waits, nextLook) > 0)
            {
                if (waits[0].revents != 0) Awake(tracker);
                if (waits[1].revents != 0) DrainLinks(tracker);
                if (waits[2].revents != 0) ReportRoutes(observer);
            }
            if (Environment.TickCount64 < nextLook) continue;
            tracker.Ask();
            nextLook = long.MaxValue;
        }
        Release();
    }

    private int LookInterval(LinuxLinkTracker tracker)
    {
        if (!tracker.IsElsewhere) return -1;
        return tracker.IsVisible && !_hearsAll ? PollInterval : CheckInterval;
    }

    /// <summary>Blocks until a socket is ready or the next look is due. The route socket rests between two reports, and its queue may overflow meanwhile.</summary>
    private int Wait(Libc.pollfd* waits, long nextLook)
    {
        var now = Environment.TickCount64;
        var routesRest = now < _nextRouteReport;
        waits[2].fd = routesRest ? -1 : _routes.Descriptor;
        var until = routesRest ? Math.Min(nextLook, _nextRouteReport) : nextLook;
        return Libc.poll(waits, 3, until == long.MaxValue ? -1 : (int)Math.Max(0, until - now));
    }

    private void Awake(LinuxLinkTracker tracker)
    {
        _wake.Drain();
        if (_device.IsGone && !_stop) tracker.ReportDeleted();
    }

    private void DrainLinks(LinuxLinkTracker tracker)
    {
        var lost = false;
        while (!tracker.IsDeleted && !_stop)
        {
            var length = _links.Receive(_buffer, out var namespaceId);
            if (length >= 0) tracker.Accept(_buffer.AsSpan(0, length), namespaceId);
            else if (length == -Libc.ENOBUFS) lost = true;
            else if (length != -Libc.EINTR) break;
        }
        if (lost) tracker.Ask();
    }

    private void ReportRoutes(ILinkObserver observer)
    {
        // Drained first, reported then: a change in between makes the socket readable again.
        while (true)
        {
            var length = _routes.Receive(_buffer, out _);
            if (length < 0 && length != -Libc.ENOBUFS && length != -Libc.EINTR) break;
        }
        observer.RoutesChanged();
        _nextRouteReport = Environment.TickCount64 + RouteInterval;
    }

    private void Release()
    {
        _locator.Dispose();
        _links.Dispose();
        _routes.Dispose();
        _wake.Dispose();
    }
}
