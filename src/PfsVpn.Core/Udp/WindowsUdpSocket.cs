using PfsVpn.Interop;
using PfsVpn.Packets;

namespace PfsVpn.Udp;

/// <summary>The UDP transport on Windows: a socket of each family on one port, each with a receiver.</summary>
/// <remarks>
/// Ways out: with a tunnel to avoid, the sockets send by the interface of the default route that is no tunnel's, and datagrams that other routes than that one lead to a remote
/// name its interface (<see cref="WindowsWay"/>); <see cref="FollowRoutes"/> finds both anew. With an interface to be bound to, everything leaves by that one, nothing where the
/// system refuses it, and what comes by others is passed over.
/// Threading: as <see cref="IUdpSocket"/> says; Dispose from any thread, also while others are inside: their Wait returns Closed.
/// </remarks>
internal sealed class WindowsUdpSocket : IUdpSocket
{
    /// <summary>How long closing waits for those inside: longer than any system call of theirs takes.</summary>
    private static readonly TimeSpan LeaveLimit = TimeSpan.FromMilliseconds(100);

    private readonly UseGate _gate = new();
    private readonly WindowsUdpChannel? _v4;
    private readonly WindowsUdpChannel? _v6;
    private readonly WindowsUdpReceiver[] _receivers;
    private readonly IWindowsNetwork _system;
    private readonly UdpBinding _binding;
    private readonly uint _deviceIndex;
    private volatile WindowsHostNetwork _network = WindowsHostNetwork.Unknown;
    private int _gates;

    /// <summary>Takes one reference to each channel, null where the host does not have the family.</summary>
    /// <param name="v4">IPv4.</param>
    /// <param name="v6">IPv6.</param>
    /// <param name="system">Where routes, addresses and interfaces are read.</param>
    /// <param name="binding">What was bound, with the port.</param>
    /// <param name="deviceIndex">The interface of the binding's name, 0 for none.</param>
    internal WindowsUdpSocket(WindowsUdpChannel? v4, WindowsUdpChannel? v6, IWindowsNetwork system, UdpBinding binding, uint deviceIndex)
    {
        (_v4, _v6, _system, _binding, _deviceIndex) = (v4, v6, system, binding, deviceIndex);
        if (v4 is not null) v4.Intake.Device = deviceIndex;
        if (v6 is not null) v6.Intake.Device = deviceIndex;
        _gates = 3;
        _receivers = [OpenReceiver(v4), OpenReceiver(v6)];
        FollowRoutes();
    }

    /// <inheritdoc/>
    public ushort Port => _binding.Port;

    /// <inheritdoc/>
    public IReadOnlyList<IUdpReceiver> Receivers => _receivers;

    /// <inheritdoc/>
    public UdpOffloads Offloads => new(Has(abilities => abilities.Gso), Has(abilities => abilities.Gro));

    /// <summary>Whether there is an IPv4 socket.</summary>
    public bool HasV4 => _v4 is not null;

    /// <summary>Whether there is an IPv6 socket.</summary>
    public bool HasV6 => _v6 is not null;

    /// <summary>Whether the sockets are let go of, and the port is free again, unless it was handed to another.</summary>
    internal bool IsReleased => Volatile.Read(ref _gates) == 0;

    /// <summary>What the sockets are bound to, with the port.</summary>
    internal UdpBinding Binding => _binding;

    /// <inheritdoc/>
    /// <remarks>Windows has no marks. One is taken and has no effect, as with other daemons there, so that a configuration made elsewhere can be set.</remarks>
    public int SetMark(uint mark) => 0;

    /// <inheritdoc/>
    public UdpSendResult Send(PacketBatch batch, int first, int count, Endpoint endpoint)
    {
        if (!_gate.TryEnter()) return UdpSendResult.Failed;
        var sender = WindowsUdpSender.Current;
        var channel = Channel(endpoint);
        var result = channel is null ? sender.RefuseFamily() : sender.Send(channel.Port, channel.Abilities, batch, first, count, endpoint.Remote, Way(sender, channel, endpoint));
        Leave();
        return result;
    }

    /// <inheritdoc/>
    public UdpSendResult Send(ReadOnlySpan<byte> datagram, Endpoint endpoint, byte tos)
    {
        if (!_gate.TryEnter()) return UdpSendResult.Failed;
        var sender = WindowsUdpSender.Current;
        var channel = Channel(endpoint);
        var result = channel is null ? sender.RefuseFamily() : sender.Send(channel.Port, channel.Abilities, datagram, tos, endpoint.Remote, Way(sender, channel, endpoint));
        Leave();
        return result;
    }

    /// <inheritdoc/>
    /// <remarks>Winsock's numbers.</remarks>
    public int LastErrno => WindowsUdpSender.Current.LastErrno;

    /// <inheritdoc/>
    /// <remarks>By what <see cref="FollowRoutes"/> read.</remarks>
    public bool IsSourceValid(Endpoint endpoint) =>
        _deviceIndex == 0 ? _network.IsSourceValid(endpoint) : endpoint.Source.IsNone || _network.HasAddress(endpoint.Source.Address);

    /// <inheritdoc/>
    public bool HoldsDevice() => _binding.Device.Length == 0 || _system.IndexOf(_binding.Device) == _deviceIndex;

    /// <inheritdoc/>
    public void FollowRoutes()
    {
        if (!_gate.TryEnter()) return;
        // What is not told now is as it was.
        _network = _system.Read(avoidsTunnel: _deviceIndex == 0) ?? _network;
        _v4?.SetInterface(_deviceIndex != 0 ? _deviceIndex : _network.DefaultV4);
        _v6?.SetInterface(_deviceIndex != 0 ? _deviceIndex : _network.DefaultV6);
        Leave();
    }

    /// <summary>Takes one more reference to each channel, for a socket beside this one; false where this one is closed.</summary>
    internal bool TryShare(out WindowsUdpChannel? v4, out WindowsUdpChannel? v6)
    {
        (v4, v6) = (null, null);
        if (!_gate.TryEnter()) return false;

        // Whoever is inside holds a reference to each.
        if (_v4?.TryAddReference() == true) v4 = _v4;
        if (_v6?.TryAddReference() == true) v6 = _v6;
        Leave();
        return true;
    }

    /// <summary>Closes the sockets as soon as no call is inside any more, and waits for that: the port can be had again at once.</summary>
    /// <remarks>Running Waits return Closed. A thread that is held up longer than any system call takes closes later.</remarks>
    public void Dispose()
    {
        foreach (var receiver in _receivers) receiver.Dispose();
        if (_gate.Close()) ReleaseAll();
        SpinWait.SpinUntil(() => IsReleased, LeaveLimit);
    }

    private WindowsUdpReceiver OpenReceiver(WindowsUdpChannel? channel)
    {
        channel?.TryAddReference();
        return new WindowsUdpReceiver(channel, () => Release(channel));
    }

    private WindowsUdpChannel? Channel(Endpoint endpoint) => endpoint.Remote.Address.IsV4 ? _v4 : _v6;

    private WindowsWay Way(WindowsUdpSender sender, WindowsUdpChannel channel, Endpoint endpoint)
    {
        var way = sender.Ways.Find(_network, endpoint, channel.Interface);
        return _deviceIndex == 0 || channel.Interface == _deviceIndex ? way : way with { IsBlocked = true };
    }

    private bool Has(Func<WindowsUdpAbilities, bool> ability) => (_v4 is null || ability(_v4.Abilities)) && (_v6 is null || ability(_v6.Abilities));

    private void Leave()
    {
        if (_gate.Exit()) ReleaseAll();
    }

    private void ReleaseAll()
    {
        _v6?.Release();
        Release(_v4);
    }

    private void Release(WindowsUdpChannel? channel)
    {
        channel?.Release();
        Interlocked.Decrement(ref _gates);
    }
}
