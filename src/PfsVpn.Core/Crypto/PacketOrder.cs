using System.Runtime.CompilerServices;

namespace PfsVpn.Crypto;

/// <summary>Puts the packets of a batch in order of length, longest first. Lengths are public.</summary>
internal static unsafe class PacketOrder
{
    private const int IndexBits = 32;

    /// <summary>
    /// Writes the addresses of those packets that have a length to <see cref="AeadScratch.Sorted"/> and returns their number; the others are marked as not authentic.
    /// </summary>
    /// <param name="scratch">Takes the order.</param>
    /// <param name="packets">Up to <see cref="AeadScratch.MaxSorted"/> packets.</param>
    /// <param name="count">How many.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Sort(AeadScratch* scratch, AeadPacket* packets, int count)
    {
        var sorted = 0;
        var previous = int.MaxValue;
        var inOrder = true;
        for (var i = 0; i < count; i++)
        {
            var length = packets[i].PlaintextLength;
            if (length < 0)
            {
                packets[i].Authentic = 0;
                continue;
            }
            // Nearly always the batch is a run of equal lengths with a shorter end.
            inOrder &= length <= previous;
            previous = length;
            scratch->Sorted[sorted++] = (ulong)(packets + i);
        }
        if (!inOrder) SortByLength(scratch, packets, sorted);
        return sorted;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void SortByLength(AeadScratch* scratch, AeadPacket* packets, int count)
    {
        var keys = new Span<ulong>(scratch->Sorted, count);
        for (var i = 0; i < count; i++)
        {
            var packet = (AeadPacket*)keys[i];
            keys[i] = ((ulong)(int.MaxValue - packet->PlaintextLength) << IndexBits) | (uint)(packet - packets);
        }
        keys.Sort();
        for (var i = 0; i < count; i++) keys[i] = (ulong)(packets + (uint)keys[i]);
    }
}
