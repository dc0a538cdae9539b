namespace PfsVpn.Interop;

/// <summary>Counts the calls that are inside a set of native descriptors, so that nothing is closed under a running call.</summary>
/// <remarks>
/// Use: enter; call; and where <see cref="Exit"/> or <see cref="Close"/> returns true, release the descriptors. That happens exactly once.
/// Threading: any thread. Cost: two interlocked operations a call, so enter once a batch.
/// Safety: a descriptor that is closed while another thread is about to use its number could by then be somebody else's file.
/// </remarks>
internal sealed class UseGate
{
    private const int Closed = int.MinValue;
    private int _state;

    /// <summary>Whether <see cref="Close"/> was called.</summary>
    public bool IsClosed => Volatile.Read(ref _state) < 0;

    /// <summary>Enters; false once closed, and then there is nothing to exit.</summary>
    public bool TryEnter()
    {
        var seen = Volatile.Read(ref _state);
        while (seen >= 0)
        {
            var before = Interlocked.CompareExchange(ref _state, seen + 1, seen);
            if (before == seen) return true;
            seen = before;
        }
        return false;
    }

    /// <summary>Leaves; true where the caller was the last one in a closed gate and must release the descriptors.</summary>
    public bool Exit() => Interlocked.Decrement(ref _state) == Closed;

    /// <summary>Lets nobody in any more; true where nobody is inside and the caller must release the descriptors. False on every call but the first.</summary>
    public bool Close()
    {
        var before = Interlocked.Or(ref _state, Closed);
        return before == 0;
    }
}
