using Microsoft.Extensions.Logging;
using PfsVpn.Interop;
using PfsVpn.Packets;

namespace PfsVpn.Tun;

/// <summary>A tunnel adapter of Wintun: one ring of packets in each direction, and no offloads.</summary>
/// <remarks>
/// Life: the adapter exists as long as this object, and never longer than the process. When it is taken away from outside, or its ring cannot be used any more, the queue says so
/// (-1, Closed) and <see cref="WhenGone"/> is called; <see cref="Failure"/> tells one from the other.
/// The end: nobody is let in any more, the waiting thread is woken, and whoever leaves last ends the session and then closes the adapter; so no call is ever in a session that is ending.
/// Threading: as <see cref="ITunDevice"/> says; Dispose from any thread, also while others are inside.
/// </remarks>
internal sealed class WintunDevice : ITunDevice
{
    /// <summary>The longest packet that the ring holds, in bytes.</summary>
    public const int MaxPacketLength = Interop.Windows.Wintun.WINTUN_MAX_IP_PACKET_SIZE;

    /// <summary>Free bytes of a batch without which no further packet is taken.</summary>
    public const int RoomForOnePacket = PacketBatch.HeaderRoom + MaxPacketLength + PacketBatch.TailRoom + WireLayout.PaddingMultiple;

    /// <summary>The MTU of a new adapter: 1500 less 40 (IPv6), 8 (UDP) and 32 (transport message).</summary>
    public const int DefaultMtu = 1420;

    private readonly UseGate _gate = new();
    private readonly IWintunSession _session;
    private readonly ILogger? _logger;
    private volatile string _name;
    private volatile int _mtu;
    private volatile bool _isGone;
    private volatile string? _failure;
    private Action? _gone;

    /// <summary>Takes a session that has begun.</summary>
    /// <param name="session">The device's from here on.</param>
    /// <param name="settings">The adapter's.</param>
    /// <param name="name">The adapter's name.</param>
    /// <param name="mtu">Bytes; what the adapter has, or is to have.</param>
    /// <param name="logger">Where the library logs, taken back at the end; null for nowhere.</param>
    /// <param name="processors">Processors of the machine.</param>
    internal WintunDevice(IWintunSession session, IAdapterSettings settings, string name, int mtu, ILogger? logger = null, int processors = 1)
    {
        _session = session;
        _logger = logger;
        _name = name;
        _mtu = mtu;
        Settings = settings;
        Queues = [new WintunQueue(this, new WintunSpin(processors))];
    }

    /// <inheritdoc/>
    public string Name => _name;

    /// <inheritdoc/>
    public int Mtu => _mtu;

    /// <inheritdoc/>
    public IReadOnlyList<ITunQueue> Queues { get; }

    /// <inheritdoc/>
    public TunOffloads Offloads { get; } = new(VirtioHeaders: false, Tso: false, Uso: false, TcpGro: false, UdpGro: false, QueueCount: 1);

    /// <inheritdoc/>
    public string? Failure => _failure;

    /// <summary>The adapter's name and MTUs as Windows knows them.</summary>
    internal IAdapterSettings Settings { get; }

    /// <summary>Whether a call has found that there will be no more packets.</summary>
    internal bool IsGone => _isGone;

    /// <summary>Whether <see cref="Dispose"/> was called.</summary>
    internal bool IsClosed => _gate.IsClosed;

    /// <summary>Makes an adapter, with the same GUID for the same name (<see cref="WintunAdapterId"/>), and starts a session on it. Needs an administrator, and wintun.dll beside the program.</summary>
    /// <param name="name">The adapter's name, and no other: 1 to 127 characters.</param>
    /// <param name="mtu">Bytes, 576 to 65,535; IPv6 needs 1280.</param>
    /// <param name="logger">Where wintun.dll logs; null for nowhere.</param>
    /// <exception cref="TunException">The library is not there or not the right one, or the system refuses; the message says what to do.</exception>
    public static WintunDevice Create(string name, int mtu = DefaultMtu, ILogger? logger = null) => WintunSetup.Create(name, mtu, logger);

    /// <inheritdoc/>
    public ITunWriter OpenWriter() => new WintunWriter(this);

    /// <summary>Ends the session and removes the adapter; a running wait returns Closed first, and its thread then does both.</summary>
    public void Dispose()
    {
        var last = _gate.Close();
        _session.Interrupt();
        if (last) Release();
    }

    /// <summary>Registers what to call, on whatever thread finds out, when there will be no more packets.</summary>
    /// <remarks>Safety: both sides have a full fence between their store and their load, so that one of them sees the other's.</remarks>
    internal void WhenGone(Action action)
    {
        Interlocked.Exchange(ref _gone, action);
        if (_isGone) action();
    }

    /// <summary>For the queue and the writers: there will be no more packets, unless it is this end that was closed.</summary>
    /// <param name="failure">Why; null where the adapter is going away.</param>
    internal void NoteGone(string? failure)
    {
        if (_gate.IsClosed) return;
        if (!_isGone && failure is not null) _failure = failure;
        _isGone = true;
        Interlocked.MemoryBarrier();
        _gone?.Invoke();
    }

    /// <summary>Keeps the session until <see cref="Leave"/>; false where it has ended.</summary>
    internal bool TryEnter(out IWintunSession session)
    {
        session = _session;
        return _gate.TryEnter();
    }

    /// <summary>Ends what <see cref="TryEnter"/> began.</summary>
    internal void Leave()
    {
        if (_gate.Exit()) Release();
    }

    /// <summary>Ends the current or the next wait of the queue.</summary>
    internal void Interrupt() => _session.Interrupt();

    /// <summary>For the link monitor: publishes a new MTU.</summary>
    internal void SetMtu(int mtu) => _mtu = mtu;

    /// <summary>For the link monitor: publishes a new name.</summary>
    internal void SetName(string name) => _name = name;

    private void Release()
    {
        _session.Dispose();
        if (_logger is not null) WintunLog.Detach(_logger);
    }
}
