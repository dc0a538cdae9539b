namespace PfsVpn.Crypto;

/// <summary>Seals and opens batches with one kernel. It has no state of its own: everything is in the caller's <see cref="AeadScratch"/>.</summary>
/// <remarks>Threading: one engine serves any number of workers, each with its own scratch.</remarks>
internal abstract unsafe class AeadEngine
{
    /// <summary>As <see cref="TransportAead.Seal"/>; lengths have been checked. Leaves no secret in the scratch.</summary>
    public abstract void Seal(AeadScratch* scratch, uint* key, AeadPacket* packets, int count);

    /// <summary>As <see cref="TransportAead.Open"/>. Leaves no secret in the scratch.</summary>
    public abstract int Open(AeadScratch* scratch, uint* key, AeadPacket* packets, int count);

    /// <summary>Adds the key stream of <paramref name="count"/> lanes to their blocks. A seam for tests: the known answers of ChaCha20 are about blocks.</summary>
    internal abstract void XorBlocks(uint* key, LaneTable* lanes, int count);

    /// <summary>
    /// Writes the Poly1305 tags of up to <see cref="AeadScratch.MaxPackets"/> ciphertexts to <see cref="AeadScratch.Tags"/>, with the one-time keys in
    /// <see cref="AeadScratch.Keys"/>. A seam for tests: no nonce leads to the keys that are hard.
    /// </summary>
    internal abstract void ComputeTags(AeadScratch* scratch, AeadPacket** packets, int count);
}
