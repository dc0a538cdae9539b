namespace PfsVpn.Crypto;

/// <summary>
/// One 32-byte secret in a slot of a <see cref="SecretArena"/>. It has no property, conversion or text that gives its bytes away.
/// </summary>
/// <remarks>
/// Sizes: 32 bytes. Threading: one owner; the data path reads it only under a lease of the keypair that owns it.
/// <see cref="Dispose"/> erases. Using it afterwards, or after the whole arena was erased, throws <see cref="ObjectDisposedException"/>.
/// </remarks>
internal sealed unsafe class SecretKey : IDisposable
{
    /// <summary>Size of every secret: a Curve25519 scalar, a ChaCha20 key, a BLAKE2s chaining key.</summary>
    public const int SizeInBytes = 32;

    private readonly SecretArena _arena;
    private nint _slot;

    internal SecretKey(SecretArena arena, byte* slot)
    {
        _arena = arena;
        _slot = (nint)slot;
    }

    /// <summary>The address of the 32 bytes, inside the arena. Never copied to managed memory.</summary>
    internal byte* Pointer
    {
        get
        {
            var slot = Volatile.Read(ref _slot);
            if (slot == 0 || _arena.IsErased) ThrowErased();
            return (byte*)slot;
        }
    }

    /// <summary>The 32 bytes as a span over the arena, for code that reads or fills them in place.</summary>
    internal Span<byte> Bytes => new(Pointer, SizeInBytes);

    /// <summary>Whether the key has been disposed, and so erased, or erased with its whole arena.</summary>
    public bool IsDisposed => Volatile.Read(ref _slot) == 0 || _arena.IsErased;

    /// <summary>Whether its owner has given the slot back.</summary>
    internal bool IsReleased => Volatile.Read(ref _slot) == 0;

    /// <summary>Whether all 32 bytes are zero, in constant time. An all-zero key means "none" in WireGuard's configuration.</summary>
    public bool IsZero
    {
        get
        {
            var words = (ulong*)Pointer;
            var any = words[0] | words[1] | words[2] | words[3];
            return any == 0;
        }
    }

    /// <summary>
    /// Throws where the key was disposed, or the arena erased, before or during the computation that ends here. A crash handler
    /// erases under the feet of running threads: what they made meanwhile with a key of zeros must not leave the process.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The key is gone; the result is void.</exception>
    internal void ThrowIfErased()
    {
        // Safety: orders the reads of the key before the reads of the flags; SecretArena writes the flag before the zeros.
        Volatile.ReadBarrier();
        _ = Pointer;
    }

    /// <summary>Zeroes the bytes and keeps the slot.</summary>
    public void Erase() => SecretMemory.Zero(Pointer, SizeInBytes);

    /// <summary>Erases the key and gives its slot back. Does nothing the second time.</summary>
    public void Dispose()
    {
        var slot = Interlocked.Exchange(ref _slot, 0);
        if (slot == 0) return;
        SecretMemory.Zero((byte*)slot, SizeInBytes);
        _arena.Return((byte*)slot);
    }

    /// <summary>Copies the bytes of <paramref name="source"/> into this slot.</summary>
    public void CopyFrom(SecretKey source) => Buffer.MemoryCopy(source.Pointer, Pointer, SizeInBytes, SizeInBytes);

    /// <summary>Fills the slot with random bytes.</summary>
    public void Randomize(IRandomSource random) => random.Fill(Bytes);

    /// <summary>Compares two secrets in constant time.</summary>
    public static bool FixedTimeEquals(SecretKey left, SecretKey right) => SecretMemory.FixedTimeEquals(left.Pointer, right.Pointer, SizeInBytes);

    /// <summary>Says only that there is a secret.</summary>
    public override string ToString() => "(secret)";

    private static void ThrowErased() => throw new ObjectDisposedException(nameof(SecretKey), "This key has been erased.");
}
