using System.Buffers;

namespace PfsVpn.Crypto;

/// <summary>A growing buffer in locked memory, for text with secrets: the answer of the control socket, a configuration file to be.</summary>
/// <remarks>
/// Sizes: grows by blocks of a <see cref="LockedMemoryPool"/> (16 KiB, or what one write asks for); content is never moved, so no old copy is left behind.
/// Threading: one thread at a time. Ownership: whoever made it disposes it; what <see cref="Written"/> gave is void after <see cref="Clear"/> and <see cref="Dispose"/>.
/// </remarks>
internal sealed class LockedBufferWriter : IBufferWriter<byte>, IDisposable
{
    private readonly LockedMemoryPool _pool;
    private Segment? _first, _last;
    private bool _disposed;

    /// <summary>Makes an empty buffer; it rents nothing yet.</summary>
    public LockedBufferWriter(LockedMemoryPool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        _pool = pool;
    }

    /// <summary>Bytes written.</summary>
    public long Length => _last is null ? 0 : _last.RunningIndex + _last.Written;

    /// <summary>What has been written, in place: valid until <see cref="Clear"/> or <see cref="Dispose"/>.</summary>
    public ReadOnlySequence<byte> Written
    {
        get
        {
            if (_first is null || _last is null) return ReadOnlySequence<byte>.Empty;
            _last.Seal();
            return new ReadOnlySequence<byte>(_first, 0, _last, _last.Written);
        }
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (count > (_last?.Rest.Length ?? 0)) throw new InvalidOperationException("More was written than the buffer had room for.");
        if (_last is not null) _last.Written += count;
    }

    /// <inheritdoc/>
    /// <exception cref="SecretMemoryException">No more memory can be locked; the message says what to change.</exception>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        ObjectDisposedException.ThrowIf(_disposed, this);
        var size = Math.Max(sizeHint, 1);
        if (_last is null || _last.Rest.Length < size)
        {
            var segment = new Segment(_pool.Rent(size));
            if (_last is null) _first = segment;
            else _last.Append(segment);
            _last = segment;
        }
        return _last.Rest;
    }

    /// <inheritdoc/>
    /// <exception cref="SecretMemoryException">No more memory can be locked; the message says what to change.</exception>
    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>Zeroes what was written and returns the memory; the writer can be used again.</summary>
    public void Clear()
    {
        var segment = _first;
        _first = _last = null;
        for (; segment is not null; segment = (Segment?)segment.Next) segment.Release();
    }

    /// <summary>Zeroes what was written, returns the memory and ends the writer. Does nothing the second time.</summary>
    public void Dispose()
    {
        _disposed = true;
        Clear();
    }

    private sealed class Segment(IMemoryOwner<byte> owner) : ReadOnlySequenceSegment<byte>
    {
        private readonly Memory<byte> _all = owner.Memory;

        public int Written { get; set; }

        public Memory<byte> Rest => _all[Written..];

        /// <summary>Shows what is written so far to readers of the sequence.</summary>
        public void Seal() => Memory = _all[..Written];

        public void Append(Segment next)
        {
            Seal();
            next.RunningIndex = RunningIndex + Written;
            Next = next;
        }

        /// <summary>The pool zeroes what it gets back.</summary>
        public void Release() => owner.Dispose();
    }
}
