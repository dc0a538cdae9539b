using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using PfsVpn.Configuration;
using PfsVpn.Crypto;
using PfsVpn.Interop;

namespace PfsVpn.Runtime;

/// <summary>One client of the control socket, which is polled.</summary>
/// <remarks>Threading: as <see cref="UapiConnection"/>. Ownership: owns the descriptor.</remarks>
internal sealed unsafe class ControlSocketConnection(
    int descriptor, IDeviceControl control, SecretArena arena, LockedMemoryPool pool, UapiServerLimits limits, ILogger logger, Action<UapiConnection> finished)
    : UapiConnection(control, arena, pool, limits, logger, finished)
{
    /// <summary>The socket.</summary>
    public int Descriptor => descriptor;

    /// <summary>What to poll for: nothing while an operation runs.</summary>
    public short Events => IsBusy ? (short)0 : HasUnsent ? Libc.POLLOUT : Libc.POLLIN;

    /// <summary>The socket is ready for what <see cref="Events"/> said, or has failed.</summary>
    public void OnReady()
    {
        if (!HasUnsent) Receive();
        Advance();
    }

    /// <summary>Sends until all is sent, or the socket takes no more; false for the latter.</summary>
    protected override bool TrySend()
    {
        while (HasUnsent)
        {
            var piece = Unsent;
            nint count;
            using (var pinned = piece.Pin()) count = Libc.send(descriptor, (byte*)pinned.Pointer, (nuint)piece.Length, Libc.MSG_NOSIGNAL);
            if (count < 0)
            {
                var errno = Marshal.GetLastPInvokeError();
                if (errno == Libc.EINTR) continue;
                if (errno != Libc.EAGAIN) Break();
                return false;
            }
            Sent((int)count);
        }
        return true;
    }

    /// <inheritdoc/>
    protected override void AwaitInput()
    {
        // The server polls.
    }

    /// <inheritdoc/>
    protected override void Close() => _ = Libc.close(descriptor);

    private void Receive()
    {
        var memory = InputSpace();
        nint count;
        using (var pinned = memory.Pin()) count = Libc.recv(descriptor, (byte*)pinned.Pointer, (nuint)memory.Length, 0);
        var errno = count < 0 ? Marshal.GetLastPInvokeError() : 0;
        Receive((int)Math.Max(count, 0));
        if (count == 0) EndInput();
        else if (count < 0 && errno is not Libc.EAGAIN and not Libc.EINTR) Break();
    }
}
