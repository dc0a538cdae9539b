using PfsVpn.Crypto;
using PfsVpn.Timers;

namespace PfsVpn.Device;

/// <summary>What one step of the control thread is given: the time on both clocks, randomness, and a way out.</summary>
/// <param name="Now">The boot clock.</param>
/// <param name="WallClock">Time since 1970-01-01 UTC, for timestamps in initiations and for "latest handshake".</param>
/// <param name="Random">Randomness.</param>
/// <param name="Sink">Where datagrams go.</param>
internal readonly record struct ControlStep(MonotonicTime Now, TimeSpan WallClock, IRandomSource Random, IDatagramSink Sink);
