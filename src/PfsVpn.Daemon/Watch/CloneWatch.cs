using PfsVpn.Interop;
using Libc = PfsVpn.Interop.Libc;

namespace PfsVpn.Daemon.Watch;

/// <summary>
/// Learns from the kernel that this virtual machine was cloned or restored from a snapshot. Two machines then have the same session keys and the same counters,
/// and what both seal with them gives plaintext away.
/// </summary>
/// <remarks>Threading: a thread of its own.</remarks>
internal sealed class CloneWatch : IDisposable
{
    private const int LongestEvent = 8192;

    private readonly KernelEvents _events;
    private readonly Func<Task> _cloned;
    private readonly WakeEvent _stop = new();
    private readonly Thread _thread;
    private volatile bool _stopping;

    /// <summary>Takes the events over, and starts the thread.</summary>
    /// <param name="events">Where they come from.</param>
    /// <param name="cloned">Ends all sessions; called on the watch's thread, which waits for it.</param>
    public CloneWatch(KernelEvents events, Func<Task> cloned)
    {
        (_events, _cloned) = (events, cloned);
        _thread = new Thread(Run, maxStackSize: 256 * 1024) { IsBackground = true, Name = "clone" };
        _thread.Start();
    }

    /// <summary>Ends the thread.</summary>
    public void Dispose()
    {
        _stopping = true;
        _stop.Set();
        _thread.Join();
        _stop.Dispose();
        _events.Dispose();
    }

    private unsafe void Run()
    {
        var buffer = new byte[LongestEvent];
        var waits = stackalloc Libc.pollfd[2];
        waits[0] = new Libc.pollfd { fd = _stop.Descriptor, events = Libc.POLLIN };
        waits[1] = new Libc.pollfd { fd = _events.Descriptor, events = Libc.POLLIN };
        while (!_stopping)
        {
            if (_events.ReadCloned(buffer)) _cloned().Wait();
            _ = Libc.poll(waits, 2, -1);
        }
    }
}
