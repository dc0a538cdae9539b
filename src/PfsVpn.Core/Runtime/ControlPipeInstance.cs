using System.Runtime.InteropServices;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Runtime;

/// <summary>An instance of the control pipe whose ends come to a completion port.</summary>
/// <remarks>
/// References: Microsoft's pages ConnectNamedPipe, ReadFile, CancelIoEx, GetOverlappedResult.
/// Safety: the OVERLAPPED lies in native memory until <see cref="Close"/> has seen its call end; what the port still tells afterwards carries a number that nobody has any more.
/// Threading: one thread at a time. Ownership: owns the pipe's handle and an event that only <see cref="Close"/> waits for.
/// </remarks>
internal sealed unsafe class ControlPipeInstance : IControlPipeInstance
{
    private readonly nint _pipe;
    private readonly nint _ended;
    private Kernel32.OVERLAPPED* _overlapped;
    private bool _isUnderWay;

    private ControlPipeInstance(nint pipe, nint ended, nuint number)
    {
        (_pipe, _ended, Number) = (pipe, ended, number);
        _overlapped = (Kernel32.OVERLAPPED*)NativeMemory.AllocZeroed((nuint)sizeof(Kernel32.OVERLAPPED));
    }

    /// <summary>What the port calls it.</summary>
    public nuint Number { get; }

    /// <summary>Takes a pipe over and joins it to a port; null, with the pipe closed, where the system refuses.</summary>
    /// <param name="pipe">The handle.</param>
    /// <param name="port">Where the ends of its calls come.</param>
    /// <param name="number">What the port calls it.</param>
    /// <param name="error">Windows' error; 0 for none.</param>
    public static ControlPipeInstance? TryTake(nint pipe, CompletionPort port, nuint number, out int error)
    {
        error = 0;
        var ended = Kernel32.CreateEventW(null, isManualReset: 1, isSet: 0, null);
        if (ended != 0 && port.TryJoin(pipe, number)) return new ControlPipeInstance(pipe, ended, number);
        error = Marshal.GetLastPInvokeError();
        if (ended != 0) _ = Kernel32.CloseHandle(ended);
        _ = Kernel32.CloseHandle(pipe);
        return null;
    }

    /// <summary>Begins to wait for a client.</summary>
    public ControlPipeArrival BeginConnect()
    {
        Renew();
        if (Kernel32.ConnectNamedPipe(_pipe, _overlapped) != 0) return Begun(ControlPipeArrival.Later);
        return Marshal.GetLastPInvokeError() switch
        {
            Kernel32.ERROR_IO_PENDING => Begun(ControlPipeArrival.Later),
            Kernel32.ERROR_PIPE_CONNECTED => ControlPipeArrival.Here,
            _ => ControlPipeArrival.Gone,
        };
    }

    /// <inheritdoc/>
    public bool TryBeginRead(byte* destination, int length)
    {
        Renew();
        return TryBegin(Kernel32.ReadFile(_pipe, destination, (uint)length, null, _overlapped));
    }

    /// <inheritdoc/>
    public bool TryBeginWrite(byte* source, int length)
    {
        Renew();
        return TryBegin(Kernel32.WriteFile(_pipe, source, (uint)length, null, _overlapped));
    }

    /// <summary>The port has told the end of what was under way.</summary>
    public void OnCompleted() => _isUnderWay = false;

    /// <inheritdoc/>
    public void Close()
    {
        if (_overlapped is null) return;
        if (_isUnderWay)
        {
            uint count;
            _ = Kernel32.CancelIoEx(_pipe, _overlapped);
            _ = Kernel32.GetOverlappedResult(_pipe, _overlapped, &count, waits: 1);
        }
        // Without it, a client that keeps its end open would keep the instance counted.
        _ = Kernel32.DisconnectNamedPipe(_pipe);
        _ = Kernel32.CloseHandle(_pipe);
        _ = Kernel32.CloseHandle(_ended);
        NativeMemory.Free(_overlapped);
        _overlapped = null;
    }

    private void Renew() => *_overlapped = new Kernel32.OVERLAPPED { hEvent = _ended };

    /// <summary>A call that succeeded at once tells its end to the port too.</summary>
    private bool TryBegin(int succeeded) => _isUnderWay = succeeded != 0 || Marshal.GetLastPInvokeError() == Kernel32.ERROR_IO_PENDING;

    private ControlPipeArrival Begun(ControlPipeArrival arrival)
    {
        _isUnderWay = true;
        return arrival;
    }
}
