using System.Runtime.CompilerServices;

namespace PfsVpn.Crypto;

/// <summary>ChaCha20-Poly1305 for the data path: batches of packets under one key, sealed and opened in place.</summary>
/// <remarks>
/// References: RFC 8439, WireGuard paper §5.4.6. Nonce: 4 zero bytes, then the counter, little-endian.
/// The work is done by <see cref="ChaChaPolyEngine{TKernel}"/> with the quickest kernel of the machine; see <see cref="AeadKernels"/>.
/// Threading: one instance a worker thread. The caller holds a lease on the keypair that owns the key.
/// Ownership: an instance has a locked block of five pages for one-time keys, which holds no secret between calls; dispose it.
/// </remarks>
internal sealed unsafe class TransportAead : IDisposable
{
    /// <summary>The environment variable that asks for a kernel by name.</summary>
    public const string Variable = AeadKernels.Variable;

    /// <summary>Size of the authentication tag.</summary>
    public const int TagSizeInBytes = 16;

    private static readonly Lazy<(AeadKernel Kernel, AeadEngine Engine)> Chosen =
        new(static () => AeadKernels.Choose(Environment.GetEnvironmentVariable(AeadKernels.Variable)));

    // Chosen with the first packet: testing and compiling a kernel takes longer than anything else at the start of a daemon.
    private AeadEngine? _engine;
    private readonly LockedBlock _scratch;

    /// <summary>Makes an instance that works with the chosen kernel.</summary>
    /// <exception cref="SecretMemoryException">The memory cannot be had or locked.</exception>
    public TransportAead()
        : this(null)
    {
    }

    /// <summary>Makes an instance with a kernel that the machine has, for tests and measurements.</summary>
    internal TransportAead(AeadKernel kernel)
        : this(AeadKernels.Create(kernel))
    {
    }

    private TransportAead(AeadEngine? engine)
    {
        _engine = engine;
        _scratch = new LockedBlock(sizeof(AeadScratch));
        Prepare((AeadScratch*)_scratch.Pointer);
    }

    /// <summary>The kernel in use: "vector512", "vector256", "vector128" or "scalar".</summary>
    /// <exception cref="InvalidOperationException">As <see cref="Warm"/>.</exception>
    public static string KernelName => AeadKernels.NameOf(Chosen.Value.Kernel);

    /// <summary>
    /// Chooses the kernel, tests it against known answers, and so compiles it: some milliseconds that the first packet need not wait for. Safe from any thread;
    /// later calls do nothing.
    /// </summary>
    /// <exception cref="InvalidOperationException">PFSVPN_AEAD names no kernel, or one that does not work here; the message is for the user.</exception>
    public static void Warm() => _ = Chosen.Value;

    /// <summary>Seals <paramref name="count"/> packets in place, each with its own counter, and writes each tag behind its text.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A length is negative; nothing was sealed.</exception>
    /// <exception cref="ObjectDisposedException">The key was erased before or meanwhile; the packets must not be sent.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Seal(SecretKey key, AeadPacket* packets, int count)
    {
        for (var i = 0; i < count; i++) ArgumentOutOfRangeException.ThrowIfNegative(packets[i].PlaintextLength);
        (_engine ??= Chosen.Value.Engine).Seal((AeadScratch*)_scratch.Pointer, (uint*)key.Pointer, packets, count);
        key.ThrowIfErased();
    }

    /// <summary>
    /// Opens <paramref name="count"/> packets in place and sets <see cref="AeadPacket.Authentic"/> of each; returns how many are authentic.
    /// One that is not stays as it was: its plaintext is nowhere. A negative length is not authentic.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The key was erased before or meanwhile; none of the packets is to be trusted.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Open(SecretKey key, AeadPacket* packets, int count)
    {
        var authentic = (_engine ??= Chosen.Value.Engine).Open((AeadScratch*)_scratch.Pointer, (uint*)key.Pointer, packets, count);
        key.ThrowIfErased();
        return authentic;
    }

    /// <summary>The scratch, for tests that look for what is left in it.</summary>
    internal ReadOnlySpan<byte> Scratch => _scratch.Span;

    /// <summary>Gives the scratch back.</summary>
    public void Dispose() => _scratch.Dispose();

    /// <summary>Fills in what is constant in a scratch that is all zero.</summary>
    internal static void Prepare(AeadScratch* scratch)
    {
        new Span<ulong>(scratch->Group.BodyBits, 4 * PolyGroup.Width).Fill(PolyGroup.FullBlock);
        new Span<ulong>(scratch->Group.Running, PolyGroup.Width).Fill(ulong.MaxValue);
    }
}
