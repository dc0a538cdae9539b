using System.Runtime.InteropServices;

namespace PfsVpn.Crypto;

/// <summary>The working memory of one <see cref="TransportAead"/>: native, never moved, wiped of secrets after each call.</summary>
/// <remarks>Sizes: about 17 KB. Threading: one worker. Every part that vectors are made of begins at a multiple of 64 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct AeadScratch
{
    /// <summary>Packets that get their one-time keys together: more than the 45 full-sized ones that one read from the TUN may bring.</summary>
    public const int MaxPackets = 48;

    /// <summary>Texts that may be authenticated as streams; with two groups more, they still fit in <see cref="MaxPackets"/>.</summary>
    public const int MaxStreams = 15;

    /// <summary>Packets that are sorted together.</summary>
    public const int MaxSorted = 256;

    /// <summary>The blocks of the pass that is being put together.</summary>
    public LaneTable Lanes;

    /// <summary>The texts that are being authenticated.</summary>
    public PolyGroup Group;

    /// <summary>For each packet the first block of its key stream; its first 32 bytes are the one-time key (RFC 8439 §2.6). Zero between calls.</summary>
    public fixed byte Keys[64 * MaxPackets];

    /// <summary>What lanes without work write to.</summary>
    public fixed byte Idle[64];

    /// <summary>The last, partial blocks of packets, while they are in a pass.</summary>
    public fixed byte Partial[64 * LaneTable.Capacity];

    /// <summary>Where these came from.</summary>
    public fixed ulong PartialHome[LaneTable.Capacity];

    /// <summary>How many bytes of them are text.</summary>
    public fixed int PartialLength[LaneTable.Capacity];

    /// <summary>Text that was decrypted together with the making of its one-time key: it leaves only when its tag was right.</summary>
    public fixed byte Unreleased[64 * LaneTable.Capacity];

    /// <summary>The streams: <see cref="PolyStream"/>. Zero between calls.</summary>
    public fixed byte Streams[80 * MaxStreams];

    /// <summary>The tags that were computed, for comparing.</summary>
    public fixed ulong Tags[2 * MaxPackets];

    /// <summary>The packets in order of length, longest first: their addresses.</summary>
    public fixed ulong Sorted[MaxSorted];

    /// <summary>What of the group was used and has to be wiped: 0 nothing, 1 all but the powers, 2 everything.</summary>
    public int GroupUsed;
}
