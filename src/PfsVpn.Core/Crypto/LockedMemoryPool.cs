using System.Buffers;

namespace PfsVpn.Crypto;

/// <summary>A pool of <see cref="LockedBlock"/>s: for pipes and buffers through which secrets travel as text.</summary>
/// <remarks>
/// Sizes: blocks of 16 KiB, or as large as asked for; up to a bound, free blocks of 16 KiB are kept for reuse, all others go back to the system.
/// Every block is zeroed when it is returned, before anyone can rent it again.
/// Threading: safe from any thread. Ownership: who rents disposes the owner; a <see cref="Memory{T}"/> kept beyond that throws when it is used.
/// Disposing the pool lets go of the free blocks; rented ones follow when they are returned.
/// </remarks>
internal sealed unsafe class LockedMemoryPool : MemoryPool<byte>
{
    /// <summary>Size of a block unless more is asked for.</summary>
    public const int BlockSizeInBytes = 16 * 1024;

    private readonly Lock _gate = new();
    private readonly Stack<LockedBlock> _free = new();
    private readonly int _maximumFree;
    private int _rented;
    private bool _disposed;

    /// <summary>Makes a pool that keeps up to <paramref name="maximumFree"/> returned blocks, and so that many times 16 KiB of locked memory.</summary>
    public LockedMemoryPool(int maximumFree = 8)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maximumFree);
        _maximumFree = maximumFree;
    }

    /// <summary>No limit but the system's. With a lower one, a pipe would take larger buffers from the shared pool of managed arrays.</summary>
    public override int MaxBufferSize => Array.MaxLength;

    /// <summary>The number of blocks that are rented now.</summary>
    public int RentedBlocks
    {
        get { lock (_gate) return _rented; }
    }

    /// <summary>The number of blocks that wait for reuse.</summary>
    public int FreeBlocks
    {
        get { lock (_gate) return _free.Count; }
    }

    /// <summary>Hands out a zeroed block of 16 KiB, or of <paramref name="minBufferSize"/> bytes rounded up to pages where that is more.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="minBufferSize"/> is neither -1 (any size) nor from 0 to <see cref="MaxBufferSize"/>.</exception>
    /// <exception cref="SecretMemoryException">No more memory can be locked; the message says what to change.</exception>
    /// <exception cref="ObjectDisposedException">The pool has been disposed.</exception>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(minBufferSize, -1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, MaxBufferSize);
        LockedBlock? block = null;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (minBufferSize <= BlockSizeInBytes) _free.TryPop(out block);
            _rented++;
        }
        try
        {
            return new Owner(this, block ?? new LockedBlock(Math.Max(minBufferSize, BlockSizeInBytes)));
        }
        catch
        {
            lock (_gate) _rented--;
            throw;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        lock (_gate)
        {
            _disposed = true;
            while (_free.TryPop(out var block)) block.Dispose();
        }
    }

    private void Return(LockedBlock block)
    {
        block.Erase();
        lock (_gate)
        {
            _rented--;
            if (!_disposed && block.Length == BlockSizeInBytes && _free.Count < _maximumFree)
            {
                _free.Push(block);
                return;
            }
        }
        block.Dispose();
    }

    /// <summary>One rental. A new object each time, so that a stale <see cref="Memory{T}"/> never sees the next tenant's bytes.</summary>
    private sealed class Owner(LockedMemoryPool pool, LockedBlock block) : MemoryManager<byte>
    {
        private LockedBlock? _block = block;

        public override Span<byte> GetSpan() => Block.Span;

        public override MemoryHandle Pin(int elementIndex = 0)
        {
            var rented = Block;
            ArgumentOutOfRangeException.ThrowIfNegative(elementIndex);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(elementIndex, rented.Length);
            return new MemoryHandle(rented.Pointer + elementIndex, pinnable: this);
        }

        public override void Unpin()
        {
            // Native memory does not move.
        }

        protected override void Dispose(bool disposing)
        {
            if (Interlocked.Exchange(ref _block, null) is { } rented) pool.Return(rented);
        }

        private LockedBlock Block
        {
            get
            {
                var rented = Volatile.Read(ref _block);
                ObjectDisposedException.ThrowIf(rented is null, typeof(IMemoryOwner<byte>));
                return rented;
            }
        }
    }
}
