using PfsVpn.Interop;
using PfsVpn.Packets;
using PfsVpn.Tun;

namespace PfsVpn.Udp;

/// <summary>The receiving side of one family's socket, or of a family that the host does not have.</summary>
/// <remarks>Threading: as <see cref="IUdpReceiver"/> says; Dispose from any thread, also while another is inside, who leaves when its call ends: some milliseconds at most.</remarks>
internal sealed class WindowsUdpReceiver : IUdpReceiver, IDisposable
{
    private readonly UseGate _gate = new();
    private readonly ManualResetEventSlim? _idle;
    private readonly WindowsUdpChannel? _channel;
    private readonly Action _released;

    /// <summary>Receives from a channel, null for a family that the host does not have.</summary>
    /// <param name="channel">The channel; it stays open until <paramref name="released"/> was called.</param>
    /// <param name="released">Told once when nobody is inside a closed receiver any more.</param>
    public WindowsUdpReceiver(WindowsUdpChannel? channel, Action released)
    {
        _channel = channel;
        _released = released;
        if (channel is null) _idle = new ManualResetEventSlim(false, spinCount: 0);
    }

    /// <inheritdoc/>
    public int Receive(PacketBatch batch, bool mayWait)
    {
        if (_channel is null || !_gate.TryEnter()) return 0;
        var received = _channel.Intake.Receive(batch, mayWait);
        Leave();
        return received;
    }

    /// <inheritdoc/>
    public WaitResult Wait()
    {
        if (!_gate.TryEnter()) return WaitResult.Closed;
        var result = _channel is null ? WaitIdle() : _channel.Intake.Wait();
        if (_gate.IsClosed) result = WaitResult.Closed;
        Leave();
        return result;
    }

    /// <inheritdoc/>
    public void Interrupt()
    {
        if (!_gate.TryEnter()) return;
        Signal();
        Leave();
    }

    /// <summary>Ends the current Wait and lets nobody in any more. Further calls do nothing.</summary>
    public void Dispose()
    {
        // The signal needs the gate, which whoever waits leaves with it: so it is held over both.
        if (!_gate.TryEnter()) return;
        _gate.Close();
        Signal();
        Leave();
    }

    private WaitResult WaitIdle()
    {
        _idle!.Wait();
        _idle.Reset();
        return WaitResult.Interrupted;
    }

    private void Signal()
    {
        if (_channel is null) _idle!.Set();
        else _channel.Intake.Interrupt();
    }

    private void Leave()
    {
        if (!_gate.Exit()) return;
        _idle?.Dispose();
        _released();
    }
}
