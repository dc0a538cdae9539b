namespace PfsVpn.Crypto;

/// <summary>ChaCha20 blocks and Poly1305 sums with one set of machine instructions. <see cref="ChaChaPolyEngine{TKernel}"/> builds the AEAD from them.</summary>
/// <remarks>
/// Static members on structs: the engine is compiled once for each kernel, and its calls are direct.
/// Constant time: no branch and no address depends on a key, a text or a sum; lengths and counts are public.
/// </remarks>
internal unsafe interface IChaChaPolyKernel
{
    /// <summary>Texts that <see cref="PolyAbsorb"/> takes side by side; 1 where the kernel has no vector Poly1305 and <see cref="Poly1305Scalar"/> is used.</summary>
    static abstract int PolyLanes { get; }

    /// <summary>Blocks of 16 bytes that <see cref="PolyAbsorb"/> takes of each text at a time: a power of two, at most 4.</summary>
    static abstract int PolyChunkBlocks { get; }

    /// <summary>Whether <see cref="XorBlocks"/> works on <see cref="LaneTable.Stream"/> in full passes; else nobody does.</summary>
    static abstract bool HasStreams { get; }

    /// <summary>How many lanes a pass of <paramref name="count"/> lanes really computes.</summary>
    static abstract int PassWidth(int count);

    /// <summary>Adds the key stream of <paramref name="count"/> lanes, rounded up to <see cref="PassWidth"/>, to their blocks in place.</summary>
    /// <param name="key">32 bytes, read from where they are.</param>
    /// <param name="lanes">The lanes.</param>
    /// <param name="count">1 to <see cref="LaneTable.Capacity"/>.</param>
    static abstract void XorBlocks(uint* key, LaneTable* lanes, int count);

    /// <summary>Clamps <see cref="PolyGroup.Key"/>, computes r and r², and zeroes the sums.</summary>
    static abstract void PolyStart(PolyGroup* group);

    /// <summary>Adds <paramref name="chunks"/> chunks of each lane's <see cref="PolyGroup.Text"/>; lanes that are not <see cref="PolyGroup.Running"/> begin with their head.</summary>
    /// <param name="group">The lanes.</param>
    /// <param name="chunks">At least 1.</param>
    /// <param name="bits">The bits above the blocks of a chunk: rows, one for each block.</param>
    static abstract void PolyAbsorb(PolyGroup* group, nint chunks, ulong* bits);

    /// <summary>Adds the two blocks of <see cref="PolyGroup.Tail"/> and reduces: <see cref="PolyGroup.Result"/> has the sum modulo 2^130 - 5, lower 128 bits.</summary>
    static abstract void PolyFinish(PolyGroup* group);
}
