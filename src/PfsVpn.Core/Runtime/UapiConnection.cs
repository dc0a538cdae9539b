using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using Microsoft.Extensions.Logging;
using PfsVpn.Configuration;
using PfsVpn.Crypto;

namespace PfsVpn.Runtime;

/// <summary>
/// One client of the control interface: reads requests, has them carried out one after the other, sends each answer before it reads on. How bytes come and go is
/// the derived class's: a unix socket, or a named pipe.
/// </summary>
/// <remarks>
/// Bytes go between the kernel and locked blocks of the pool and nowhere else. Input is read no faster than it is parsed, and not at all while an operation runs or an
/// answer waits, so that a client costs a block or two and the answer it has asked for.
/// Threading: the server's thread, but for the operation itself, which ends on whichever thread the device completes it; <c>finished</c> brings it back.
/// Ownership: owns the input's blocks, the answer and a set that is not whole; the derived class owns the way to the client.
/// </remarks>
internal abstract class UapiConnection : IDisposable
{
    private readonly IDeviceControl _control;
    private readonly ILogger _logger;
    private readonly Action<UapiConnection> _finished;
    private readonly Pipe _pipe;
    private readonly UapiRequestReader _requests;
    private readonly LockedBufferWriter _answer;
    private ReadOnlySequence<byte> _unsent;
    private UapiOperation _operation;
    private int _errno;
    private bool _inputEnded, _endsAfterAnswer, _disposed;

    protected UapiConnection(
        IDeviceControl control, SecretArena arena, LockedMemoryPool pool, UapiServerLimits limits, ILogger logger, Action<UapiConnection> finished)
    {
        _control = control;
        _logger = logger;
        _finished = finished;
        _pipe = new Pipe(new PipeOptions(pool, PipeScheduler.Inline, PipeScheduler.Inline, pauseWriterThreshold: 0, resumeWriterThreshold: 0, useSynchronizationContext: false));
        _requests = new UapiRequestReader(arena, pool, limits.SetBytes);
        _answer = new LockedBufferWriter(pool);
        LastProgress = Environment.TickCount64;
    }

    /// <summary>Whether an operation is with the device now.</summary>
    public bool IsBusy { get; private set; }

    /// <summary>Whether an answer waits for the client to read.</summary>
    public bool HasUnsent => !_unsent.IsEmpty;

    /// <summary>Whether there is nothing more to do here.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Whether it has been disposed.</summary>
    public bool IsClosed => Volatile.Read(ref _disposed);

    /// <summary>Whether a secret may have passed over this thread's stack since <see cref="StackScrubber"/> was last called.</summary>
    public bool MayHaveTouchedSecrets { get; set; }

    /// <summary>When bytes last moved, in milliseconds of <see cref="Environment.TickCount64"/>.</summary>
    public long LastProgress { get; private set; }

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
        Close();
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

    /// <summary>Sends what <see cref="Unsent"/> has, or begins to; false where the rest has to wait for the client, or the client is gone (<see cref="Break"/>).</summary>
    protected abstract bool TrySend();

    /// <summary>Nothing more can be done before the client says more.</summary>
    protected abstract void AwaitInput();

    /// <summary>Gives the way to the client back: nothing is read into or sent from this connection's memory when it returns.</summary>
    protected abstract void Close();

    /// <summary>The next piece that is to be sent; empty where nothing is.</summary>
    protected ReadOnlyMemory<byte> Unsent => _unsent.First;

    /// <summary>Where the next input goes: locked memory that stays where it is until <see cref="Receive"/>.</summary>
    protected Memory<byte> InputSpace() => _pipe.Writer.GetMemory();

    /// <summary>So many bytes were put into the <see cref="InputSpace"/>; 0 where none came this time, which gives an empty block back to the pool.</summary>
    protected void Receive(int count)
    {
        _pipe.Writer.Advance(count);
        var flushed = _pipe.Writer.FlushAsync();
        Debug.Assert(flushed.IsCompletedSuccessfully, "a pipe without a threshold never makes its writer wait");
        if (count > 0) LastProgress = Environment.TickCount64;
    }

    /// <summary>The client says no more, and may still read.</summary>
    protected void EndInput() => _inputEnded = true;

    /// <summary>The client is gone.</summary>
    protected void Break() => IsEnded = true;

    /// <summary>So many bytes of <see cref="Unsent"/> are on their way.</summary>
    protected void Sent(int count)
    {
        _unsent = _unsent.Slice(count);
        LastProgress = Environment.TickCount64;
        if (!_unsent.IsEmpty) return;
        _unsent = default;
        _answer.Clear();
    }

    /// <summary>Goes on as far as it can without waiting.</summary>
    protected void Advance()
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
                if (!IsEnded) AwaitInput();
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
            UapiLog.RequestRefused(_logger, _operation, error);
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
            if (_errno != UapiErrno.None) UapiLog.SetFailed(_logger, UapiErrno.NameOf(_errno));
        }
        catch (Exception exception)
        {
            // A part of an answer would be taken for the whole.
            _answer.Clear();
            _errno = exception is SecretMemoryException ? UapiErrno.NoMemory : UapiErrno.InputOutput;
            UapiLog.OperationFailed(_logger, exception, _operation);
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
}
