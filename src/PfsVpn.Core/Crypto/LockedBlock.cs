namespace PfsVpn.Crypto;

/// <summary>A block of native memory for text that holds secrets: locked, between guard pages, not in cores, not in a forked child.</summary>
/// <remarks>
/// References: mlock(2), madvise(2); Microsoft's page VirtualLock. Sizes: whole pages; they count against RLIMIT_MEMLOCK, not with CAP_IPC_LOCK.
/// Threading: the content belongs to one owner at a time; <see cref="Dispose"/> is safe from any thread.
/// Ownership: whoever made it disposes it. There is no finalizer: it could unmap memory that a pointer or span still uses.
/// </remarks>
internal sealed unsafe class LockedBlock : IDisposable
{
    private readonly GuardedMapping _memory;
    private nint _address;

    /// <summary>Maps at least <paramref name="length"/> bytes, rounded up to whole pages, all zero.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="length"/> is not positive.</exception>
    /// <exception cref="SecretMemoryException">The memory cannot be had or locked; the message says what to change.</exception>
    public LockedBlock(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        _memory = GuardedMapping.MapLocked(length);
        _address = _memory.Address;
    }

    /// <summary>The first byte.</summary>
    /// <exception cref="ObjectDisposedException">The block has been given back.</exception>
    public byte* Pointer
    {
        get
        {
            var address = Volatile.Read(ref _address);
            ObjectDisposedException.ThrowIf(address == 0, this);
            return (byte*)address;
        }
    }

    /// <summary>Usable bytes: the length asked for, rounded up to whole pages.</summary>
    public int Length => _memory.Length;

    /// <summary>The whole block.</summary>
    /// <exception cref="ObjectDisposedException">The block has been given back.</exception>
    public Span<byte> Span => new(Pointer, Length);

    /// <summary>Zeroes the whole block and keeps it.</summary>
    public void Erase() => SecretMemory.Zero(Pointer, (nuint)Length);

    /// <summary>Zeroes the block and gives its memory back. Does nothing the second time.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _address, 0) != 0) _memory.Unmap();
    }
}
