using PfsVpn.Packets;

namespace PfsVpn.Udp;

/// <summary>Runs of datagrams that a system can take as one and cut again: of one length and one TOS, but the last may be shorter.</summary>
internal static unsafe class DatagramRun
{
    /// <summary>Datagrams of one run: what every system with such an offload takes.</summary>
    public const int MaxSegments = 64;

    /// <summary>Bytes of a run of several datagrams: with the headers of IPv6, UDP and Ethernet it stays below the 64 KiB that devices cut.</summary>
    public const int MaxLength = 65_535 - 40 - 8 - 14;

    /// <summary>How many of the outputs from <paramref name="run"/> on can be one run.</summary>
    /// <param name="run">The outputs.</param>
    /// <param name="available">How many there are, 1 or more.</param>
    /// <param name="segmentLimit">Longest datagram that may be part of a run; 0 for no runs.</param>
    public static int Count(PacketExtent* run, int available, int segmentLimit)
    {
        var length = run->Length;
        if (length == 0 || length > segmentLimit) return 1;
        available = Math.Min(available, Math.Min(MaxSegments, MaxLength / length));
        for (var count = 1; count < available; count++)
        {
            // An empty datagram would vanish behind the others.
            if (run[count].Length > length || run[count].Length == 0 || run[count].Tos != run->Tos) return count;
            if (run[count].Length < length) return count + 1;
        }
        return Math.Max(available, 1);
    }
}
