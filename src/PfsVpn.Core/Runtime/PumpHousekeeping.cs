using PfsVpn.Crypto;
using PfsVpn.Packets;
using PfsVpn.Timers;

namespace PfsVpn.Runtime;

/// <summary>What a pump leaves clean: its stack after each batch, deep once a second, and everything before it blocks.</summary>
/// <remarks>Threading: one instance for each pump.</remarks>
internal struct PumpHousekeeping
{
    private static readonly TimeSpan DeepInterval = TimeSpan.FromSeconds(1);

    private MonotonicTime _nextDeep;

    /// <summary>After a batch.</summary>
    public void AfterBatch(MonotonicTime now)
    {
        if (now < _nextDeep)
        {
            StackScrubber.ScrubBatch();
            return;
        }
        StackScrubber.ScrubDeep();
        _nextDeep = now + DeepInterval;
    }

    /// <summary>Before the pump blocks: no plaintext waits in an idle buffer, no secret on an idle stack.</summary>
    public static void BeforeBlocking(PacketBatch batch)
    {
        if (batch.UsedBytes > 0) batch.Wipe();
        StackScrubber.ScrubDeep();
    }
}
