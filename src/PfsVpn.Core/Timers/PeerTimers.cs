using System.Runtime.CompilerServices;
using PfsVpn.Noise;

namespace PfsVpn.Timers;

/// <summary>The deadlines of one peer, and the events that set them.</summary>
/// <remarks>
/// References: WireGuard paper §6; kernel timers.c. Sizes: 72 bytes. Threading: the control thread. <c>now</c> and the jitter are parameters.
/// Events that pumps see (data sent, data received) come through <see cref="PeerActivity"/>.
/// </remarks>
internal struct PeerTimers
{
    private const int Kinds = (int)PeerTimer.EndCookie + 1;

    private Deadlines _deadlines;

    /// <summary>The earliest deadline; <see cref="MonotonicTime.Infinite"/> for none.</summary>
    public readonly MonotonicTime Earliest
    {
        get
        {
            var earliest = long.MaxValue;
            for (var i = 0; i < Kinds; i++)
            {
                var at = _deadlines[i];
                if (at != 0 && at < earliest) earliest = at;
            }
            return new MonotonicTime(earliest);
        }
    }

    /// <summary>When <paramref name="timer"/> fires; unset for never.</summary>
    public readonly MonotonicTime At(PeerTimer timer) => new(_deadlines[(int)timer]);

    /// <summary>Whether <paramref name="timer"/> is armed.</summary>
    public readonly bool IsArmed(PeerTimer timer) => _deadlines[(int)timer] != 0;

    /// <summary>Arms a timer, or moves it.</summary>
    public void Set(PeerTimer timer, MonotonicTime at) => _deadlines[(int)timer] = at.Nanoseconds;

    /// <summary>Disarms a timer.</summary>
    public void Cancel(PeerTimer timer) => _deadlines[(int)timer] = 0;

    /// <summary>Disarms all timers.</summary>
    public void CancelAll()
    {
        for (var i = 0; i < Kinds; i++) _deadlines[i] = 0;
    }

    /// <summary>Disarms and names a timer that is due; false where none is.</summary>
    public bool TryTakeDue(MonotonicTime now, out PeerTimer timer)
    {
        for (var i = Kinds - 1; i >= 0; i--)
        {
            if (_deadlines[i] == 0 || _deadlines[i] > now.Nanoseconds) continue;
            _deadlines[i] = 0;
            timer = (PeerTimer)i;
            return true;
        }
        timer = default;
        return false;
    }

    /// <summary>An initiation was sent.</summary>
    public void HandshakeInitiated(MonotonicTime now, TimeSpan jitter)
    {
        Set(PeerTimer.RetransmitHandshake, now + ProtocolConstants.RekeyTimeout + jitter);
        Cancel(PeerTimer.DeferredHandshake);
    }

    /// <summary>A handshake was completed: as the initiator by its response, as the responder by the first data.</summary>
    public void HandshakeComplete()
    {
        Cancel(PeerTimer.RetransmitHandshake);
        Cancel(PeerTimer.DeferredHandshake);
    }

    /// <summary>Session keys were derived.</summary>
    public void SessionDerived(MonotonicTime now) => Set(PeerTimer.ZeroKeyMaterial, now + (3 * ProtocolConstants.RejectAfterTime));

    /// <summary>Data was sent at <paramref name="since"/> and nothing received after it.</summary>
    public void ExpectAnswer(MonotonicTime since, TimeSpan jitter) =>
        Set(PeerTimer.NewHandshake, since + ProtocolConstants.KeepaliveTimeout + ProtocolConstants.RekeyTimeout + jitter);

    /// <summary>Data was received at <paramref name="since"/> and nothing sent after it.</summary>
    public void OweKeepalive(MonotonicTime since) => Set(PeerTimer.SendKeepalive, since + ProtocolConstants.KeepaliveTimeout);

    /// <summary>The next persistent keepalive, <paramref name="seconds"/> after the last traffic; none for 0.</summary>
    public void KeepAlivePersistently(MonotonicTime lastTraversal, ushort seconds)
    {
        if (seconds == 0) Cancel(PeerTimer.PersistentKeepalive);
        else Set(PeerTimer.PersistentKeepalive, lastTraversal + TimeSpan.FromSeconds(seconds));
    }

    [InlineArray(Kinds)]
    private struct Deadlines
    {
        private long _first;
    }
}
