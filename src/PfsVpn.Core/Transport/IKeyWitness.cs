using PfsVpn.Timers;

namespace PfsVpn.Transport;

/// <summary>Is told by the owners of secrets when one is made and when one has been erased, in the step that does it.</summary>
/// <remarks>Threading: any thread; whoever erases calls. Nothing of the secret itself is passed on. Calls neither throw nor allocate, but for a peer's first key.</remarks>
internal interface IKeyWitness
{
    /// <summary>A secret exists from now on. Returns the moment.</summary>
    MonotonicTime Made(KeyKind kind);

    /// <summary>A secret has been erased.</summary>
    /// <param name="kind">What it was.</param>
    /// <param name="reason">Why.</param>
    /// <param name="created">When it was made.</param>
    /// <param name="deadline">When it was to be erased at the latest; <see cref="MonotonicTime.Infinite"/> where no clock ends it.</param>
    void Erased(KeyKind kind, KeyEndReason reason, MonotonicTime created, MonotonicTime deadline);
}
