namespace PfsVpn.Crypto;

/// <summary>Seals and opens batches with one kernel. It has no state of its own: everything is in the caller's <see cref="AeadScratch"/>.</summary>
/// <remarks>Threading: one engine serves any number of workers, each with its own scratch.</remarks>
internal abstract unsafe class AeadEngine
{
    /// <summary>As <see cref="TransportAead.Seal"/>; lengths have been checked. Leaves no secret in the scratch.</summary>
    public abstract void Seal(AeadScratch* scratch, uint* key, AeadPacket* packets, int count);

    /// <summary>As <see cref="TransportAead.Open"/>. Leaves no secret in the scratch.</summary>
    public abstract int Open(AeadScratch* scratch, uint* key, AeadPacket* packets, int count);
}
