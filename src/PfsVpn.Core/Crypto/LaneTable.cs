using System.Runtime.InteropServices;

namespace PfsVpn.Crypto;

/// <summary>Up to 32 blocks of key stream to be made in one pass: for each, the block counter, the nonce, and the 64 bytes to combine it with.</summary>
/// <remarks>
/// References: RFC 8439 §2.3. Sizes: a lane is one block of 64 bytes; lanes of one pass may belong to any packets, the key is the same for all.
/// Threading: part of one worker's <see cref="AeadScratch"/>.
/// </remarks>
[StructLayout(LayoutKind.Sequential, Size = (20 * Room) + (7 * 64))]
internal unsafe struct LaneTable
{
    /// <summary>Lanes of one pass.</summary>
    public const int Capacity = 32;

    /// <summary>Lanes are written eight at a time, so a row has room behind its end; it is also a multiple of 64 bytes.</summary>
    private const int Room = Capacity + 16;

    /// <summary>Word 12 of the state: which block of its packet.</summary>
    public fixed uint Counter[Room];

    /// <summary>Word 14: the lower half of the packet counter. Word 13 is zero in WireGuard's nonce.</summary>
    public fixed uint NonceLow[Room];

    /// <summary>Word 15: the upper half of the packet counter.</summary>
    public fixed uint NonceHigh[Room];

    /// <summary>Addresses of the 64 bytes that the key stream is added to, in place.</summary>
    public fixed ulong Block[Room];

    /// <summary>Four vectors of key stream that wait while others are written, so that no register of the rounds is short. Zero between calls.</summary>
    public fixed ulong Waiting[4 * 8];

    /// <summary>Poly1305 that goes on in the integer units during passes of <see cref="Capacity"/> lanes; null where there is none.</summary>
    public PolyStream* Stream;

    /// <summary>The end of each list of streams. It goes on for ever; all of it is zero but its address and its steps.</summary>
    public PolyStream Idle;

    /// <summary>The text of the idle stream.</summary>
    public fixed ulong Zeros[2 * PolyStream.BlocksPerStep];
}
