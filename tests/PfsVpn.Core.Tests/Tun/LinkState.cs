using PfsVpn.Tun;

namespace PfsVpn.Tests.Tun;

/// <summary>Keeps the sum of what a monitor says. Its first call blocks until a gate opens.</summary>
internal sealed class LinkState(ManualResetEventSlim gate) : ILinkObserver
{
    private readonly object _lock = new();

    public bool IsUp { get; private set; }

    public int Mtu { get; private set; }

    public int Moves { get; private set; }

    public void LinkUp() => Change(() => IsUp = true);

    public void LinkDown() => Change(() => IsUp = false);

    public void LinkDeleted() => Change(() => Mtu = -1);

    public void LinkMoved() => Change(() => Moves++);

    public void MtuChanged(int mtu) => Change(() => Mtu = mtu);

    public void RoutesChanged()
    {
    }

    public void WaitFor(Func<LinkState, bool> condition)
    {
        lock (_lock)
            while (!condition(this)) Monitor.Wait(_lock);
    }

    private void Change(Action action)
    {
        gate.Wait();
        lock (_lock)
        {
            action();
            Monitor.PulseAll(_lock);
        }
    }
}
