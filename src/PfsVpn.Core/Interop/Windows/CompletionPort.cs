using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>Where the ends of overlapped calls come together, first come first served, however many files there are.</summary>
/// <remarks>
/// References: Microsoft's pages CreateIoCompletionPort and GetQueuedCompletionStatus. Threading: <see cref="Post"/> from any thread, also during and after Dispose; <see cref="TryTake"/>
/// from one. Errors: the constructor throws where the system has none left.
/// </remarks>
internal sealed unsafe class CompletionPort : IDisposable
{
    private readonly UseGate _gate = new();
    private readonly nint _port;

    /// <summary>Makes it.</summary>
    /// <exception cref="IOException">The system has none left.</exception>
    public CompletionPort()
    {
        _port = Kernel32.CreateIoCompletionPort(Kernel32.INVALID_HANDLE_VALUE, 0, 0, 1);
        if (_port == 0) throw new IOException($"CreateIoCompletionPort failed with error {Marshal.GetLastPInvokeError()}.");
    }

    /// <summary>The ends of a file's overlapped calls come here from now on, with <paramref name="number"/>. False, with the last error set, where the system refuses.</summary>
    public bool TryJoin(nint file, nuint number) => Kernel32.CreateIoCompletionPort(file, _port, number, 0) != 0;

    /// <summary>Makes <see cref="TryTake"/> return with <paramref name="number"/>.</summary>
    public void Post(nuint number)
    {
        if (!_gate.TryEnter()) return;
        _ = Kernel32.PostQueuedCompletionStatus(_port, 0, number, null);
        if (_gate.Exit()) Release();
    }

    /// <summary>Waits for the next end; false where none came.</summary>
    /// <param name="milliseconds">How long; -1 for ever.</param>
    /// <param name="number">Whose it is.</param>
    /// <param name="count">Bytes that moved.</param>
    /// <param name="error">The call's error; 0 for none.</param>
    public bool TryTake(int milliseconds, out nuint number, out int count, out int error)
    {
        uint moved;
        nuint key;
        Kernel32.OVERLAPPED* overlapped = null;
        var succeeded = Kernel32.GetQueuedCompletionStatus(_port, &moved, &key, &overlapped, (uint)milliseconds) != 0;
        error = succeeded ? 0 : Marshal.GetLastPInvokeError();
        if (!succeeded && overlapped is null)
        {
            (number, count) = (0, 0);
            return false;
        }
        (number, count) = (key, (int)moved);
        return true;
    }

    /// <summary>Closes it; nobody may be waiting.</summary>
    public void Dispose()
    {
        if (_gate.Close()) Release();
    }

    private void Release() => _ = Kernel32.CloseHandle(_port);
}
