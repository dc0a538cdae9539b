namespace PfsVpn.Cli.Paths;

/// <summary>How large packets may be that reach an address and are answered, measured with echo requests of many sizes that must not be fragmented.</summary>
/// <remarks>Packets that are too large may vanish without a word: what counts is only what is answered (RFC 8899 §3). Threading: pure; the sending blocks.</remarks>
internal static class PathSize
{
    /// <summary>What a sealed packet is larger by than what is in it: headers of IP and UDP, and 32 bytes of the protocol.</summary>
    public const int OverIpv4 = 60, OverIpv6 = 80;

    /// <summary>The smallest packets that every path takes (RFC 791, RFC 8200 §5).</summary>
    public const int SmallestV4 = 576, SmallestV6 = 1280;

    private const int Fine = 4, Rounds = 3;

    /// <summary>What links and tunnels usually have: Ethernet, PPPoE, other tunnels, mobile networks.</summary>
    private static readonly int[] Usual = [9000, 1500, 1492, 1480, 1472, 1464, 1460, 1454, 1448, 1440, 1430, 1420, 1410, 1400, 1380, 1360, 1340, 1320, 1300, 1280, 1200, 1100, 1000, 800, 576];

    /// <summary>The largest packet that is answered, to four bytes, or null where none is. Falling sizes all at once, then finer ones between the last two.</summary>
    /// <param name="isV4">The family of the packets.</param>
    /// <param name="most">The largest to try, in bytes.</param>
    /// <param name="echo">Sends one request of each size, and returns the sizes that were answered; null where it cannot.</param>
    public static int? Largest(bool isV4, int most, Func<IReadOnlyList<int>, IReadOnlySet<int>?> echo)
    {
        var smallest = isV4 ? SmallestV4 : SmallestV6;
        int[] sizes = [.. Usual.Append(most).Where(size => size <= most && size >= smallest).Append(smallest).Distinct().OrderDescending()];
        if (LargestOf(sizes, echo) is not { } largest) return null;
        var above = sizes.Where(size => size > largest).DefaultIfEmpty(0).Min();
        if (above - largest <= Fine) return largest;
        int[] finer = [.. Enumerable.Range(1, (above - largest - 1) / Fine).Select(step => largest + (step * Fine)).OrderDescending()];
        return Math.Max(largest, LargestOf(finer, echo) ?? 0);
    }

    /// <summary>What a packet of a size leaves to what is in it.</summary>
    public static int Inside(int outer, bool isV4) => outer - (isV4 ? OverIpv4 : OverIpv6);

    /// <summary>The largest of some sizes that is answered. What was not is asked once more: a packet may be lost for other reasons than its size.</summary>
    private static int? LargestOf(int[] sizes, Func<IReadOnlyList<int>, IReadOnlySet<int>?> echo)
    {
        int? largest = null;
        for (var round = 0; round < Rounds; round++)
        {
            int[] open = [.. sizes.Where(size => largest is null || size > largest)];
            if (open.Length == 0) break;
            if (echo(open) is { Count: > 0 } answered) largest = answered.Max();
            else if (largest is null) break;
        }
        return largest;
    }
}
