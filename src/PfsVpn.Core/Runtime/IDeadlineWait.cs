using PfsVpn.Timers;

namespace PfsVpn.Runtime;

/// <summary>Waits for an event or a deadline on the boot clock, with what the system has for it.</summary>
/// <remarks>Threading: one thread. Ownership: owns its timers, not the event.</remarks>
internal interface IDeadlineWait : IDisposable
{
    /// <summary>Blocks until the event is set, the deadline has come or the machine wakes from its sleep; it may return earlier. The event stays set.</summary>
    void Block(MonotonicTime deadline);
}
