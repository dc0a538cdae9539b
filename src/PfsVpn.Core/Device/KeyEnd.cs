using PfsVpn.Crypto;
using PfsVpn.Timers;
using PfsVpn.Transport;

namespace PfsVpn.Device;

/// <summary>One life in the KeyLedger, from the making of a key to its erasing. Nothing of the key itself.</summary>
/// <remarks>Sizes: under 100 bytes. Threading: immutable. All moments are on the boot clock.</remarks>
/// <param name="Kind">What it was.</param>
/// <param name="Reason">Why it was erased.</param>
/// <param name="Peer">Whose it was; null for the interface's own.</param>
/// <param name="Created">When it was made.</param>
/// <param name="Confirmed">A keypair: when the first packet was received and authenticated on it; unset for never, and for every other kind.</param>
/// <param name="Retired">A keypair: when it stopped being the current one; unset where it never was, and for every other kind.</param>
/// <param name="Deadline">When it was to be erased at the latest; <see cref="MonotonicTime.Infinite"/> where no clock ended it.</param>
/// <param name="Erased">When its bytes had been zeroed: read from the clock after that.</param>
internal readonly record struct KeyEnd(
    KeyKind Kind,
    KeyEndReason Reason,
    PublicKey? Peer,
    MonotonicTime Created,
    MonotonicTime Confirmed,
    MonotonicTime Retired,
    MonotonicTime Deadline,
    MonotonicTime Erased)
{
    /// <summary>By how much it outlived its deadline; zero where it did not.</summary>
    public TimeSpan Outlived => Erased > Deadline ? Erased - Deadline : TimeSpan.Zero;
}
