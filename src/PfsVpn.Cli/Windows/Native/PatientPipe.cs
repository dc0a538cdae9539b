using System.Runtime.InteropServices;
using PfsVpn.Cli.Control;
using PfsVpn.Cli.Input;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Cli.Windows.Native;

/// <summary>A connection to a control pipe on which no step takes longer than a limit: neither a read nor a write.</summary>
/// <remarks>
/// References: Microsoft's pages ReadFile, CancelIoEx, GetOverlappedResult. Safety: a call under way is ended before the method returns, so that the system does not write into memory that somebody else has.
/// Threading: one thread at a time. Ownership: owns the pipe.
/// </remarks>
internal sealed unsafe class PatientPipe : ISecretSource
{
    private readonly nint _pipe, _ended;
    private readonly uint _patience;

    private PatientPipe(nint pipe, nint ended, uint patience) => (_pipe, _ended, _patience) = (pipe, ended, patience);

    /// <summary>Connects.</summary>
    /// <param name="path">The pipe.</param>
    /// <param name="patience">The limit in milliseconds.</param>
    /// <exception cref="ControlException">There is no such pipe, or it is not to be trusted.</exception>
    public static PatientPipe Connect(string path, uint patience)
    {
        var pipe = ControlPipe.Connect(path, Kernel32.FILE_FLAG_OVERLAPPED);
        if (pipe < 0) throw new ControlException(-pipe);
        var ended = Kernel32.CreateEventW(null, isManualReset: 1, isSet: 0, null);
        if (ended != 0) return new PatientPipe(pipe, ended, patience);
        var errno = WindowsError.Last;
        WindowsFile.Close(pipe);
        throw new ControlException(errno);
    }

    /// <inheritdoc/>
    /// <remarks>ETIMEDOUT where nothing came in time.</remarks>
    public int Read(Span<byte> destination)
    {
        var call = new Kernel32.OVERLAPPED { hEvent = _ended };
        fixed (byte* start = destination)
        {
            var count = End(Kernel32.ReadFile(_pipe, start, (uint)destination.Length, null, &call), &call);
            // The other end has gone: the end, as everywhere.
            return count == -NativeFile.EPIPE ? 0 : count;
        }
    }

    /// <summary>Writes what the pipe's buffer has room for.</summary>
    /// <exception cref="ControlException">The other end is gone, or did not take it in time.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        var call = new Kernel32.OVERLAPPED { hEvent = _ended };
        fixed (byte* start = bytes)
        {
            var count = End(Kernel32.WriteFile(_pipe, start, (uint)bytes.Length, null, &call), &call);
            if (count < 0) throw new ControlException(-count);
        }
    }

    /// <summary>Closes the connection.</summary>
    public void Dispose()
    {
        _ = Kernel32.CloseHandle(_pipe);
        _ = Kernel32.CloseHandle(_ended);
    }

    /// <summary>Waits for the end of a call, and where that does not come cancels it. Returns the bytes that moved, or a negative errno.</summary>
    private int End(int hasBegun, Kernel32.OVERLAPPED* call)
    {
        if (hasBegun == 0 && Marshal.GetLastPInvokeError() != Kernel32.ERROR_IO_PENDING) return -WindowsError.Last;
        if (Kernel32.WaitForSingleObject(_ended, _patience) != Kernel32.WAIT_OBJECT_0) _ = Kernel32.CancelIoEx(_pipe, call);
        uint count;
        if (Kernel32.GetOverlappedResult(_pipe, call, &count, waits: 1) != 0) return (int)count;
        return Marshal.GetLastPInvokeError() == Kernel32.ERROR_OPERATION_ABORTED ? -NativeFile.ETIMEDOUT : -WindowsError.Last;
    }
}
