using System.Buffers;
using Microsoft.Extensions.Logging;
using PfsVpn.Configuration;
using PfsVpn.Crypto;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Runtime;

/// <summary>One client of the control pipe: a read waits while nothing else is to be done, a write while an answer is not read.</summary>
/// <remarks>
/// Sizes: a client that says nothing holds one block of 16 KiB, into which the system would read. Threading: as <see cref="UapiConnection"/>.
/// Safety: the memory of the call under way is pinned, and stays rented until the call has ended or <see cref="Close"/> has ended it.
/// Ownership: owns the instance.
/// </remarks>
internal sealed unsafe class ControlPipeConnection(
    IControlPipeInstance instance, IDeviceControl control, SecretArena arena, LockedMemoryPool pool, UapiServerLimits limits, ILogger logger, Action<UapiConnection> finished)
    : UapiConnection(control, arena, pool, limits, logger, finished)
{
    private UnderWay _underWay;
    private MemoryHandle _pinned;

    private enum UnderWay
    {
        Nothing,
        Read,
        Write,
    }

    /// <summary>Begins to listen to the client.</summary>
    public void Begin() => Advance();

    /// <summary>What was under way has ended.</summary>
    /// <param name="count">Bytes that moved.</param>
    /// <param name="error">Windows' error; 0 for none.</param>
    public void OnCompleted(int count, int error)
    {
        var ended = _underWay;
        _underWay = UnderWay.Nothing;
        _pinned.Dispose();
        if (ended == UnderWay.Read) OnRead(count, error);
        else if (ended == UnderWay.Write) OnWritten(count, error);
        Advance();
    }

    /// <inheritdoc/>
    protected override bool TrySend()
    {
        if (_underWay != UnderWay.Nothing) return false;
        var piece = Unsent;
        _pinned = piece.Pin();
        if (instance.TryBeginWrite((byte*)_pinned.Pointer, piece.Length)) _underWay = UnderWay.Write;
        else GiveUp();
        return false;
    }

    /// <inheritdoc/>
    protected override void AwaitInput()
    {
        if (_underWay != UnderWay.Nothing) return;
        var memory = InputSpace();
        _pinned = memory.Pin();
        if (instance.TryBeginRead((byte*)_pinned.Pointer, memory.Length))
        {
            _underWay = UnderWay.Read;
            return;
        }
        Receive(0);
        GiveUp();
    }

    /// <inheritdoc/>
    protected override void Close()
    {
        instance.Close();
        _underWay = UnderWay.Nothing;
        _pinned.Dispose();
    }

    private void OnRead(int count, int error)
    {
        Receive(error == 0 ? count : 0);
        // Nothing without an error is a client that wrote nothing: it may say more.
        if (error is Kernel32.ERROR_BROKEN_PIPE or Kernel32.ERROR_PIPE_NOT_CONNECTED or Kernel32.ERROR_HANDLE_EOF) EndInput();
        else if (error != 0) Break();
    }

    private void OnWritten(int count, int error)
    {
        if (error == 0) Sent(count);
        else Break();
    }

    private void GiveUp()
    {
        _pinned.Dispose();
        Break();
    }
}
