using PfsVpn.Crypto;
using PfsVpn.Packets;
using PfsVpn.Timers;

namespace PfsVpn.Runtime;

/// <summary>What a pump leaves clean: its stack after each batch, its batch before each wait, and its stack in depth once a second and before it waits for long.</summary>
/// <remarks>
/// A pump under light load waits after each packet. It wipes its batch every time, but zeroing the stack in depth, signal frames included, costs more than the
/// packet does: so it first waits for <see cref="BriefMilliseconds"/>, and only if nothing comes it scrubs and waits for good.
/// Threading: one instance for each pump.
/// </remarks>
internal struct PumpHousekeeping
{
    /// <summary>How long a pump waits before it scrubs its stack in depth.</summary>
    public const int BriefMilliseconds = 10;

    /// <summary>A batch in which no more bytes than this were used is wiped at once, so that the pump may wait without asking twice.</summary>
    private const int SmallBatch = 8 * 1024;

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

    /// <summary>Wipes a batch that is small; a larger one is only emptied.</summary>
    public static void WipeSmall(PacketBatch batch)
    {
        if (batch.UsedBytes <= SmallBatch) batch.Wipe();
        else batch.Clear();
    }

    /// <summary>Before the pump waits for good, with a batch that is clean: no secret lies on an idle stack.</summary>
    public void BeforeBlocking()
    {
        StackScrubber.ScrubDeep();
        _nextDeep = default;
    }
}
