using System.Runtime.InteropServices;
using PfsVpn.Interop;

namespace PfsVpn.Crypto;

/// <summary>
/// The only place where secrets live: packed 32-byte slots in locked, undumpable native memory between guard pages.
/// </summary>
/// <remarks>
/// References: memfd_secret(2), mlock(2), madvise(2).
/// Sizes: slots of 32 bytes; the arena grows by chunks of 16 KiB to 1 MiB and counts against RLIMIT_MEMLOCK (not with CAP_IPC_LOCK).
/// Threading: all members are safe from any thread; the content of a slot belongs to whoever holds its <see cref="SecretKey"/>.
/// </remarks>
public sealed unsafe class SecretArena : IDisposable
{
    private const int FirstChunkBytes = 16 * 1024;
    private const int LargestChunkBytes = 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly List<Chunk> _chunks = [];
    private readonly Stack<nint> _free = new();
    private int _nextChunkBytes = FirstChunkBytes;
    private int _slotsInUse;
    private bool _disposed;

    private SecretArena(SecretArenaKind kind) => Kind = kind;

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

    /// <summary>One sentence for the log: which protection holds.</summary>
    public string Description => Kind == SecretArenaKind.MemfdSecret
        ? "secrets are in memfd_secret memory (unreadable from outside the process, not in cores or swap)"
        : "secrets are in locked memory (not in cores or swap); this kernel offers no memfd_secret, so root can read it through /proc";

    /// <summary>Makes an arena with the best protection of this host, or with <paramref name="kind"/> and no other.</summary>
    /// <exception cref="SecretMemoryException">Memory cannot be locked; the message says what to change.</exception>
    public static SecretArena Create(SecretArenaKind? kind = null)
    {
        if (kind is { } wanted)
        {
            var arena = new SecretArena(wanted);
            arena.Grow();
            return arena;
        }
        try
        {
            return Create(SecretArenaKind.MemfdSecret);
        }
        catch (SecretMemoryException)
        {
            return Create(SecretArenaKind.LockedMemory);
        }
    }

    /// <summary>Hands out a slot of 32 zero bytes. The caller owns it and disposes it.</summary>
    /// <exception cref="SecretMemoryException">No more memory can be locked.</exception>
    public SecretKey Allocate()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_free.Count == 0) Grow();
            _slotsInUse++;
            return new SecretKey(this, (byte*)_free.Pop());
        }
    }

    /// <summary>Makes sure that <paramref name="slots"/> more slots can be allocated without asking the system for memory.</summary>
    /// <exception cref="SecretMemoryException">No more memory can be locked.</exception>
    public void Reserve(int slots)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            while (_free.Count < slots) Grow();
        }
    }

    /// <summary>Erases every slot, whoever holds it, and unmaps the memory.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true;
            EraseAllLocked();
            foreach (var chunk in _chunks) Libc.munmap(chunk.Mapping, chunk.MappingLength);
            _chunks.Clear();
            _free.Clear();
        }
    }

    /// <summary>Erases every slot but keeps the memory: for a crash handler, when other threads may still run.</summary>
    public void EraseAll()
    {
        lock (_gate) EraseAllLocked();
    }

    /// <summary>Takes a slot back. It has been erased by its <see cref="SecretKey"/>.</summary>
    internal void Return(byte* slot)
    {
        lock (_gate)
        {
            _slotsInUse--;
            if (!_disposed) _free.Push((nint)slot);
        }
    }

    /// <summary>The readable extents of the arena, for tests that look into it.</summary>
    internal IReadOnlyList<(nint Address, int Length)> Extents
    {
        get { lock (_gate) return [.. _chunks.Select(static chunk => (chunk.Address, chunk.Length))]; }
    }

    private void EraseAllLocked()
    {
        foreach (var chunk in _chunks) SecretMemory.Zero((byte*)chunk.Address, (nuint)chunk.Length);
    }

    private void Grow()
    {
        var chunk = Kind == SecretArenaKind.MemfdSecret ? MapSecret(_nextChunkBytes) : MapLocked(_nextChunkBytes);
        _chunks.Add(chunk);
        for (var offset = chunk.Length - SecretKey.SizeInBytes; offset >= 0; offset -= SecretKey.SizeInBytes)
            _free.Push(chunk.Address + offset);
        _nextChunkBytes = Math.Min(_nextChunkBytes * 2, LargestChunkBytes);
    }

    private static Chunk MapSecret(int length)
    {
        var descriptor = (int)Libc.syscall(Libc.SYS_memfd_secret, 0);
        if (descriptor < 0) throw SecretMemoryException.FromErrno("memfd_secret", Marshal.GetLastPInvokeError());
        try
        {
            if (Libc.ftruncate(descriptor, length) != 0) throw SecretMemoryException.FromErrno("ftruncate of memfd_secret", Marshal.GetLastPInvokeError());
            var chunk = ReserveGuarded(length);
            if (Libc.mmap(chunk.Address, (nuint)length, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED | Libc.MAP_FIXED, descriptor, 0) == Libc.MAP_FAILED)
                throw Unmapped(chunk, "mmap of memfd_secret", Marshal.GetLastPInvokeError());
            if (Libc.madvise(chunk.Address, (nuint)length, Libc.MADV_DONTFORK) != 0)
                throw Unmapped(chunk, "madvise(MADV_DONTFORK)", Marshal.GetLastPInvokeError());
            SecretMemory.Zero((byte*)chunk.Address, (nuint)length);
            return chunk;
        }
        finally
        {
            _ = Libc.close(descriptor);
        }
    }

    private static Chunk MapLocked(int length)
    {
        var chunk = ReserveGuarded(length);
        if (Libc.mmap(chunk.Address, (nuint)length, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS | Libc.MAP_FIXED, -1, 0) == Libc.MAP_FAILED)
            throw Unmapped(chunk, "mmap", Marshal.GetLastPInvokeError());
        if (Libc.mlock(chunk.Address, (nuint)length) != 0) throw Unmapped(chunk, "mlock", Marshal.GetLastPInvokeError());
        if (Libc.madvise(chunk.Address, (nuint)length, Libc.MADV_DONTDUMP) != 0) throw Unmapped(chunk, "madvise(MADV_DONTDUMP)", Marshal.GetLastPInvokeError());
        if (Libc.madvise(chunk.Address, (nuint)length, Libc.MADV_WIPEONFORK) != 0) throw Unmapped(chunk, "madvise(MADV_WIPEONFORK)", Marshal.GetLastPInvokeError());
        return chunk;
    }

    private static Chunk ReserveGuarded(int length)
    {
        var page = Environment.SystemPageSize;
        var mappingLength = (nuint)(length + (2 * page));
        var mapping = Libc.mmap(0, mappingLength, Libc.PROT_NONE, Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS, -1, 0);
        if (mapping == Libc.MAP_FAILED) throw SecretMemoryException.FromErrno("mmap", Marshal.GetLastPInvokeError());
        return new Chunk(mapping, mappingLength, mapping + page, length);
    }

    private static SecretMemoryException Unmapped(Chunk chunk, string call, int errno)
    {
        Libc.munmap(chunk.Mapping, chunk.MappingLength);
        return SecretMemoryException.FromErrno(call, errno);
    }

    private readonly record struct Chunk(nint Mapping, nuint MappingLength, nint Address, int Length);
}
