namespace PfsVpn.Tun;

/// <summary>A session of Wintun and the wait for it: what <see cref="WintunQueue"/> and <see cref="WintunWriter"/> need of them, and all that a test has to stand in for.</summary>
/// <remarks>
/// Errors are Windows' numbers, 0 for none: those of <see cref="Interop.Windows.Wintun"/>.
/// Threading: Receive, Release and Wait from the queue's thread; Allocate, Send and Interrupt from any.
/// Dispose ends the session and removes the adapter: once, when nobody is inside any more.
/// </remarks>
internal unsafe interface IWintunSession : IDisposable
{
    /// <summary>Takes the next packet that the system sends. It lies in the ring, and may be written to, until <see cref="Release"/>.</summary>
    int Receive(out byte* packet, out int length);

    /// <summary>Gives the place of a received packet back.</summary>
    void Release(byte* packet);

    /// <summary>Takes the place for a packet to the system, 1 to 65,535 bytes. It is to be filled and sent: those that were allocated later wait for it.</summary>
    int Allocate(int length, out byte* packet);

    /// <summary>Hands a packet that was filled in to the system.</summary>
    void Send(byte* packet);

    /// <summary>
    /// Blocks until packets may have come or the adapter is going away (Readable), somebody has called <see cref="Interrupt"/>, or the milliseconds have passed (-1: never).
    /// Closed where waiting fails.
    /// </summary>
    WaitResult Wait(int milliseconds);

    /// <summary>Makes the current or the next <see cref="Wait"/> return. Also after Dispose, and then for nothing.</summary>
    void Interrupt();
}
