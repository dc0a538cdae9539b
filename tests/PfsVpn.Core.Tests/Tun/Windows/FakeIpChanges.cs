using PfsVpn.Tun;

namespace PfsVpn.Tests.Tun.Windows;

/// <summary>Notifications that the test makes.</summary>
internal sealed class FakeIpChanges : IIpChanges
{
    private Action<IpChange>? _heard;

    public bool IsDisposed { get; private set; }

    public bool Refuses { get; init; }

    public void Start(Action<IpChange> heard) => _heard = Refuses ? throw new IOException("NotifyRouteChange2 failed with error 8.") : heard;

    public void Tell(IpChange change) => _heard!(change);

    public void Dispose() => IsDisposed = true;
}
