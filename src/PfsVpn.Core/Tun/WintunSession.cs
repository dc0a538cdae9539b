using System.Diagnostics;
using System.Runtime.InteropServices;
using PfsVpn.Interop;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Tun;

/// <summary>A session of wintun.dll with its adapter, and an event beside the library's own that interrupts the wait.</summary>
/// <remarks>Threading: as <see cref="IWintunSession"/> says.</remarks>
internal sealed unsafe class WintunSession : IWintunSession
{
    private readonly nint _adapter;
    private readonly nint _session;
    private readonly nint _readable;
    private readonly WakeEvent _interrupt = new();

    private WintunSession(nint adapter, nint session)
    {
        (_adapter, _session) = (adapter, session);
        _readable = Wintun.WintunGetReadWaitEvent(session);
    }

    /// <summary>Starts a session on an adapter, which belongs to the session from here on; null, with the last error set, where the library refuses.</summary>
    /// <param name="adapter">Of WintunCreateAdapter or WintunOpenAdapter.</param>
    /// <param name="capacityInBytes">Of each of the two rings: a power of two, 128 KiB to 64 MiB.</param>
    public static WintunSession? TryStart(nint adapter, uint capacityInBytes)
    {
        var session = Wintun.WintunStartSession(adapter, capacityInBytes);
        if (session == 0) return null;
        try
        {
            return new WintunSession(adapter, session);
        }
        catch
        {
            Wintun.WintunEndSession(session);
            throw;
        }
    }

    /// <inheritdoc/>
    public int Receive(out byte* packet, out int length)
    {
        uint size = 0;
        packet = Wintun.WintunReceivePacket(_session, &size);
        length = (int)size;
        return packet != null ? 0 : Failure();
    }

    /// <inheritdoc/>
    public void Release(byte* packet) => Wintun.WintunReleaseReceivePacket(_session, packet);

    /// <inheritdoc/>
    public int Allocate(int length, out byte* packet)
    {
        packet = Wintun.WintunAllocateSendPacket(_session, (uint)length);
        return packet != null ? 0 : Failure();
    }

    /// <inheritdoc/>
    public void Send(byte* packet) => Wintun.WintunSendPacket(_session, packet);

    /// <inheritdoc/>
    public WaitResult Wait(int milliseconds)
    {
        Debug.Assert(milliseconds >= -1, "-1 is the only negative time");
        // Of several that are set the first counts: nobody keeps a device from ending by sending packets to it.
        var handles = stackalloc nint[2];
        handles[0] = _interrupt.Handle;
        handles[1] = _readable;
        switch (Kernel32.WaitForMultipleObjects(2, handles, 0, (uint)milliseconds))
        {
            case Kernel32.WAIT_OBJECT_0:
                _interrupt.Drain();
                return WaitResult.Interrupted;
            case Kernel32.WAIT_OBJECT_0 + 1:
                return WaitResult.Readable;
            case Kernel32.WAIT_TIMEOUT:
                return WaitResult.TimedOut;
            default:
                return WaitResult.Closed;
        }
    }

    /// <inheritdoc/>
    public void Interrupt() => _interrupt.Set();

    /// <inheritdoc/>
    public void Dispose()
    {
        Wintun.WintunEndSession(_session);
        Wintun.WintunCloseAdapter(_adapter);
        _interrupt.Dispose();
    }

    /// <summary>The last error; one that the library forgot to set is that of a ring that cannot be used.</summary>
    private static int Failure() => Marshal.GetLastPInvokeError() is var error && error != 0 ? error : Wintun.ERROR_INVALID_DATA;
}
