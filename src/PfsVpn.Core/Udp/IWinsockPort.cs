using PfsVpn.Interop.Windows;
using PfsVpn.Tun;

namespace PfsVpn.Udp;

/// <summary>One bound UDP socket of Windows, as senders and the receiver use it: the seam behind which all is Winsock.</summary>
/// <remarks>
/// Errors are Winsock's numbers, 0 for none. No call blocks but those named Wait.
/// Threading: sends from any thread; receives, <see cref="End"/> and the waits for datagrams from one; <see cref="Interrupt"/> from any. Nobody is inside when it is disposed.
/// </remarks>
internal unsafe interface IWinsockPort : IDisposable
{
    /// <summary>Sends one message, of which the system has taken a copy afterwards.</summary>
    int Send(Ws2_32.WSAMSG* message);

    /// <summary>Waits until the send buffer has room.</summary>
    bool WaitForRoom(int milliseconds);

    /// <summary>Receives what is there, or WSAEWOULDBLOCK. Not while a receive is pending.</summary>
    int Receive(Ws2_32.WSAMSG* message, out int length);

    /// <summary>Begins a receive. The message and its buffers stay where they are until <see cref="IsPending"/> is false and <see cref="End"/> was called, or the port is disposed.</summary>
    int Begin(Ws2_32.WSAMSG* message);

    /// <summary>Whether the system still has the receive that was begun.</summary>
    bool IsPending { get; }

    /// <summary>Ends the receive that was begun and is not pending any more.</summary>
    int End(out int length);

    /// <summary>Waits for the end of the receive that was begun; TimedOut or Readable.</summary>
    WaitResult WaitForDatagram(int milliseconds);

    /// <summary>Waits for the end of the receive that was begun, or for an interrupt, which it takes.</summary>
    WaitResult Wait();

    /// <summary>Makes the current or the next <see cref="Wait"/> return.</summary>
    void Interrupt();

    /// <summary>Has datagrams leave by one interface, 0 for what the routing table says; whether it is so.</summary>
    bool SetInterface(uint index);
}
