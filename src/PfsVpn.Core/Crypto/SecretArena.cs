namespace PfsVpn.Crypto;

/// <summary>
/// The only place where secrets live: packed 32-byte slots in locked, undumpable native memory between guard pages.
/// </summary>
/// <remarks>
/// References: memfd_secret(2), mlock(2), madvise(2); Microsoft's page VirtualLock.
/// Sizes: slots of 32 bytes; the arena grows by chunks of 16 KiB to 1 MiB and counts against RLIMIT_MEMLOCK (not with CAP_IPC_LOCK), on Windows against the
/// working set of the process, which grows with it.
/// Threading: all members are safe from any thread; the content of a slot belongs to whoever holds its <see cref="SecretKey"/>.
/// Ownership: a slot lives until its <see cref="SecretKey"/> is disposed. Keys have no finalizer, which could erase a slot while a
/// native call still reads it: a key that is forgotten keeps its slot, and shows in <see cref="SlotsInUse"/>.
/// </remarks>
internal sealed unsafe class SecretArena : IDisposable
{
    private const int FirstChunkBytes = 16 * 1024;
    private const int LargestChunkBytes = 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly List<GuardedMapping> _chunks = [];
    private readonly Stack<nint> _free = new();
    private readonly string? _fallbackReason;
    private int _nextChunkBytes = FirstChunkBytes;
    private int _slotsInUse;
    private bool _disposed;
    private volatile bool _erased;

    private SecretArena(SecretArenaKind kind, string? fallbackReason)
    {
        Kind = kind;
        _fallbackReason = fallbackReason;
        Grow();
    }

    /// <summary>How this arena is protected.</summary>
    public SecretArenaKind Kind { get; }

    /// <summary>The number of slots that are handed out now.</summary>
    public int SlotsInUse
    {
        get { lock (_gate) return _slotsInUse; }
    }

    /// <summary>Bytes of locked memory that the arena holds, guard pages not counted.</summary>
    public long LockedBytes
    {
        get { lock (_gate) return _chunks.Sum(static chunk => (long)chunk.Length); }
    }

    /// <summary>One sentence for the log: which protection holds, and why not the better one.</summary>
    public string Description => SecretArenaText.Describe(Kind, OperatingSystem.IsWindows(), IsLeftOutOfReports, _fallbackReason);

    /// <summary>Whether all of the arena is left out of what the system keeps of a crash: always on Linux, on Windows from version 1703 of Windows 10.</summary>
    public bool IsLeftOutOfReports
    {
        get { lock (_gate) return _chunks.TrueForAll(static chunk => chunk.IsLeftOutOfReports); }
    }

    /// <summary>Why the better kind could not be had; null where it was, or was not asked for. It says what to change, or that nothing can be.</summary>
    public string? FallbackReason => _fallbackReason;

    /// <summary>Whether all slots have been erased for good: nothing may be computed with a key any more.</summary>
    internal bool IsErased => _erased;

    /// <summary>The readable extents of the arena, for tests that look into it.</summary>
    internal IReadOnlyList<(nint Address, int Length)> Extents
    {
        get { lock (_gate) return [.. _chunks.Select(static chunk => (chunk.Address, chunk.Length))]; }
    }

    /// <summary>Makes an arena with the best protection of this host, or with <paramref name="kind"/> and no other.</summary>
    /// <exception cref="SecretMemoryException">Memory cannot be locked; the message says what to change.</exception>
    public static SecretArena Create(SecretArenaKind? kind = null)
    {
        if (OperatingSystem.IsWindows()) return CreateOnWindows(kind);
        if (kind is { } wanted) return new SecretArena(wanted, null);
        string reason;
        try
        {
            return new SecretArena(SecretArenaKind.MemfdSecret, null);
        }
        catch (SecretMemoryException exception)
        {
            reason = exception.Message;
        }
        return new SecretArena(SecretArenaKind.LockedMemory, reason);
    }

    /// <summary>Hands out a slot of 32 zero bytes. The caller owns it and disposes it.</summary>
    /// <exception cref="SecretMemoryException">No more memory can be locked.</exception>
    /// <exception cref="ObjectDisposedException">The arena has been disposed, or erased for good.</exception>
    public SecretKey Allocate()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_erased, this);
            if (_free.Count == 0) Grow();
            var slot = (byte*)_free.Peek();
            // Zeroed when it came back; and again, should anybody have written through a pointer that outlived its key.
            SecretMemory.Zero(slot, SecretKey.SizeInBytes);
            var key = new SecretKey(this, slot);
            _free.Pop();
            _slotsInUse++;
            return key;
        }
    }

    /// <summary>Makes sure that <paramref name="slots"/> more slots can be allocated without asking the system for memory.</summary>
    /// <exception cref="SecretMemoryException">No more memory can be locked.</exception>
    /// <exception cref="ObjectDisposedException">The arena has been disposed, or erased for good.</exception>
    public void Reserve(int slots)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_erased, this);
            while (_free.Count < slots) Grow();
        }
    }

    /// <summary>
    /// Erases every slot, whoever holds it, for good: every later use of a key throws <see cref="ObjectDisposedException"/>.
    /// The memory stays mapped, for other threads may still run: for a crash handler.
    /// </summary>
    public void EraseAll()
    {
        lock (_gate) EraseAllLocked();
    }

    /// <summary>Does what <see cref="EraseAll"/> does, and unmaps the memory as soon as the last key that is still held has been disposed.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true;
            EraseAllLocked();
            if (_slotsInUse == 0) UnmapLocked();
        }
    }

    /// <summary>Takes a slot back. It has been erased by its <see cref="SecretKey"/>.</summary>
    internal void Return(byte* slot)
    {
        lock (_gate)
        {
            _slotsInUse--;
            if (!_disposed) _free.Push((nint)slot);
            else if (_slotsInUse == 0) UnmapLocked();
        }
    }

    private static SecretArena CreateOnWindows(SecretArenaKind? kind) => kind switch
    {
        null => new SecretArena(SecretArenaKind.LockedMemory, SecretArenaText.NoneOnWindows),
        SecretArenaKind.LockedMemory => new SecretArena(SecretArenaKind.LockedMemory, null),
        _ => throw new SecretMemoryException(SecretArenaText.NoneOnWindows + "."),
    };

    private void EraseAllLocked()
    {
        // Safety: the flag is seen by whoever sees a zero: SecretKey.ThrowIfErased reads it after the key, behind the matching barrier.
        _erased = true;
        Volatile.WriteBarrier();
        foreach (var chunk in _chunks) SecretMemory.Zero((byte*)chunk.Address, (nuint)chunk.Length);
    }

    private void UnmapLocked()
    {
        foreach (var chunk in _chunks) chunk.Unmap();
        _chunks.Clear();
        _free.Clear();
    }

    private void Grow()
    {
        var chunk = MapChunk();
        _chunks.Add(chunk);
        for (var offset = chunk.Length - SecretKey.SizeInBytes; offset >= 0; offset -= SecretKey.SizeInBytes)
            _free.Push(chunk.Address + offset);
        _nextChunkBytes = Math.Min(chunk.Length * 2, LargestChunkBytes);
    }

    /// <summary>The next chunk; close to the limit of locked memory a smaller one.</summary>
    private GuardedMapping MapChunk()
    {
        for (var length = _nextChunkBytes; ; length /= 2)
        {
            try
            {
                return Kind == SecretArenaKind.MemfdSecret ? GuardedMapping.MapSecret(length) : GuardedMapping.MapLocked(length);
            }
            catch (SecretMemoryException) when (length > FirstChunkBytes)
            {
            }
        }
    }
}
