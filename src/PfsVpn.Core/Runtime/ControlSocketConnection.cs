using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using PfsVpn.Configuration;
using PfsVpn.Crypto;
using PfsVpn.Interop;

namespace PfsVpn.Runtime;

/// <summary>
/// One client of the control socket: reads requests, has them carried out one after the other, sends each answer before it reads on.
/// </summary>
/// <remarks>
/// Bytes go between the kernel and locked blocks of the pool and nowhere else. Input is read no faster than it is parsed, and not at all while an operation runs or an
/// answer waits, so that a client costs a block or two and the answer it has asked for.
/// Threading: the server's thread, but for the operation itself, which ends on whichever thread the device completes it; <c>finished</c> brings it back.
/// Ownership: owns the descriptor, the pipe's blocks, the answer and a set that is not whole.
/// </remarks>
internal sealed class ControlSocketConnection : IDisposable
{
    private readonly IDeviceControl _control;
    private readonly ILogger _logger;
    private readonly Action<ControlSocketConnection> _finished;
    private readonly Pipe _pipe;
    private readonly UapiRequestReader _requests;
    private readonly LockedBufferWriter _answer;
    private ReadOnlySequence<byte> _unsent;
    private UapiOperation _operation;
    private int _errno;
    private bool _inputEnded, _endsAfterAnswer, _disposed;

    public ControlSocketConnection(
        int descriptor, IDeviceControl control, SecretArena arena, LockedMemoryPool pool, UapiServerLimits limits, ILogger logger, Action<ControlSocketConnection> finished)
    {
        Descriptor = descriptor;
        _control = control;
        _logger = logger;
        _finished = finished;
        _pipe = new Pipe(new PipeOptions(pool, PipeScheduler.Inline, PipeScheduler.Inline, pauseWriterThreshold: 0, resumeWriterThreshold: 0, useSynchronizationContext: false));
        _requests = new UapiRequestReader(arena, pool, limits.SetBytes);
        _answer = new LockedBufferWriter(pool);
        LastProgress = Environment.TickCount64;
    }

    /// <summary>The socket.</summary>
    public int Descriptor { get; }

    /// <summary>Whether an operation is with the device now.</summary>
    public bool IsBusy { get; private set; }

    /// <summary>Whether an answer waits for the client to read.</summary>
    public bool HasUnsent => !_unsent.IsEmpty;

    /// <summary>Whether there is nothing more to do here.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Whether a secret may have passed over this thread's stack since <see cref="StackScrubber"/> was last called.</summary>
    public bool MayHaveTouchedSecrets { get; set; }

    /// <summary>When bytes last moved, in milliseconds of <see cref="Environment.TickCount64"/>.</summary>
    public long LastProgress { get; private set; }

    /// <summary>What to poll for: nothing while an operation runs.</summary>
    public short Events => IsBusy ? (short)0 : HasUnsent ? Libc.POLLOUT : Libc.POLLIN;

    /// <summary>The socket is ready for what <see cref="Events"/> said, or has failed.</summary>
    public void OnReady()
    {
        if (!HasUnsent) Receive();
        Advance();
    }

    /// <summary>The operation is done: answers it and goes on.</summary>
    public void OnFinished()
    {
        IsBusy = false;
        // A get that succeeded has written its own end.
        if (_operation != UapiOperation.Get || _errno != UapiErrno.None) Answer(_operation, _errno);
        else BeginSending();
        Advance();
    }

    /// <summary>Closes the connection and erases what it holds. Not while <see cref="IsBusy"/>.</summary>
    public void Dispose()
    {
        Debug.Assert(!IsBusy, "the operation still writes to the answer");
        if (_disposed) return;
        _disposed = true;
        IsEnded = true;
        _ = Libc.close(Descriptor);
        _requests.Dispose();
        _unsent = default;
        _answer.Dispose();
        _pipe.Writer.Complete();
        _pipe.Reader.Complete();
    }

    /// <summary>For the end of the server while an operation runs: whoever ends the operation, on whichever thread, comes here instead of to the server.</summary>
    public void DisposeAfterFinish()
    {
        IsBusy = false;
        Dispose();
    }

    private unsafe void Receive()
    {
        var memory = _pipe.Writer.GetMemory();
        nint count;
        using (var pinned = memory.Pin()) count = Libc.recv(Descriptor, (byte*)pinned.Pointer, (nuint)memory.Length, 0);
        var errno = count < 0 ? Marshal.GetLastPInvokeError() : 0;
        // Committing nothing gives an empty block back to the pool.
        _pipe.Writer.Advance((int)Math.Max(count, 0));
        var flushed = _pipe.Writer.FlushAsync();
        Debug.Assert(flushed.IsCompletedSuccessfully, "a pipe without a threshold never makes its writer wait");
        if (count > 0) LastProgress = Environment.TickCount64;
        else if (count == 0) _inputEnded = true;
        else if (errno is not Libc.EAGAIN and not Libc.EINTR) IsEnded = true;
    }

    /// <summary>Goes on as far as it can without waiting.</summary>
    private void Advance()
    {
        while (!IsEnded && !IsBusy)
        {
            if (HasUnsent)
            {
                if (!TrySend()) return;
            }
            else if (_endsAfterAnswer)
            {
                IsEnded = true;
            }
            else if (TryReadRequest(out var request) || (_inputEnded && _requests.TryEnd(out request)))
            {
                Begin(request);
            }
            else
            {
                IsEnded = _inputEnded;
                return;
            }
        }
    }

    private bool TryReadRequest(out UapiRequest request)
    {
        request = default;
        if (!_pipe.Reader.TryRead(out var read)) return false;
        var buffer = read.Buffer;
        var found = _requests.TryRead(ref buffer, out request);
        MayHaveTouchedSecrets = true;
        if (found) _pipe.Reader.AdvanceTo(buffer.Start);
        else _pipe.Reader.AdvanceTo(buffer.Start, buffer.End);
        return found;
    }

    private void Begin(in UapiRequest request)
    {
        _operation = request.Operation;
        _endsAfterAnswer |= request.IsLast;
        if (request.Error is { } error)
        {
            ControlSocketLog.RequestRefused(_logger, _operation, error);
            Answer(_operation, error.Errno);
            return;
        }
        IsBusy = true;
        _ = CarryOutAsync(request.Change);
    }

    /// <summary>Never throws: what the device throws becomes the errno.</summary>
    private async Task CarryOutAsync(DeviceChange? change)
    {
        try
        {
            _errno = UapiErrno.None;
            using (change)
            {
                if (_operation == UapiOperation.Set) _errno = await _control.ApplyAsync(change!).ConfigureAwait(false);
                else if (_operation == UapiOperation.Get) await _control.ReadStateAsync(state => UapiGetWriter.Write(state, _answer)).ConfigureAwait(false);
                else await WriteStatusAsync().ConfigureAwait(false);
            }
            if (_errno != UapiErrno.None) ControlSocketLog.SetFailed(_logger, UapiErrno.NameOf(_errno));
        }
        catch (Exception exception)
        {
            // A part of an answer would be taken for the whole.
            _answer.Clear();
            _errno = exception is SecretMemoryException ? UapiErrno.NoMemory : UapiErrno.InputOutput;
            ControlSocketLog.OperationFailed(_logger, exception, _operation);
        }
        _finished(this);
    }

    private async Task WriteStatusAsync()
    {
        await _control.WriteStatusAsync(_answer).ConfigureAwait(false);
        _answer.Write("\n"u8);
    }

    private void Answer(UapiOperation operation, int errno)
    {
        UapiGetWriter.WriteErrno(errno, negative: operation is not UapiOperation.Get and not UapiOperation.Status, _answer);
        BeginSending();
    }

    private void BeginSending()
    {
        _unsent = _answer.Written;
        LastProgress = Environment.TickCount64;
    }

    /// <summary>Sends until all is sent, or the socket takes no more; false for the latter.</summary>
    private unsafe bool TrySend()
    {
        while (!_unsent.IsEmpty)
        {
            var piece = _unsent.First;
            nint count;
            using (var pinned = piece.Pin()) count = Libc.send(Descriptor, (byte*)pinned.Pointer, (nuint)piece.Length, Libc.MSG_NOSIGNAL);
            if (count < 0)
            {
                var errno = Marshal.GetLastPInvokeError();
                if (errno == Libc.EINTR) continue;
                IsEnded = errno != Libc.EAGAIN;
                return false;
            }
            _unsent = _unsent.Slice(count);
            LastProgress = Environment.TickCount64;
        }
        _unsent = default;
        _answer.Clear();
        return true;
    }
}
