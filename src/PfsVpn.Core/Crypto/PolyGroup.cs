using System.Runtime.InteropServices;

namespace PfsVpn.Crypto;

/// <summary>Poly1305 over up to eight texts side by side: what a vector kernel reads, and its state between two calls.</summary>
/// <remarks>
/// References: RFC 8439 §2.5. Numbers modulo 2^130 - 5 are five limbs of 26 bits; row k of a table holds limb k of all lanes, in rows of
/// <see cref="Width"/> words whatever the kernel's own width. Threading: part of one worker's <see cref="AeadScratch"/>; its secret part is wiped after each call.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PolyGroup
{
    /// <summary>Words in a row: the lanes of the widest kernel.</summary>
    public const int Width = 8;

    /// <summary>Limbs of a number.</summary>
    public const int Limbs = 5;

    /// <summary>The bit above a full block of 16 bytes, as it stands in the highest limb.</summary>
    public const ulong FullBlock = 1UL << 24;

    /// <summary>Rows of a number to multiply by: its limbs, then five times those but the lowest.</summary>
    public const int MultiplierRows = (2 * Limbs) - 1;

    /// <summary>Bytes at the beginning that are secret: everything up to the result. Behind it are addresses, ciphertext and constants.</summary>
    public const int SecretSizeInBytes = (2 + (4 * Limbs) + 3) * Width * sizeof(ulong);

    /// <summary>Bytes of <see cref="Powers"/>, which are secret, too; only <see cref="ChaChaPolyVector512"/> uses them.</summary>
    public const int PowersSizeInBytes = 4 * MultiplierRows * Width * sizeof(ulong);

    /// <summary>First 16 bytes of each lane's one-time key, not yet clamped: a row of lower halves, a row of upper halves.</summary>
    public fixed ulong Key[2 * Width];

    /// <summary>r of each lane.</summary>
    public fixed ulong R[Limbs * Width];

    /// <summary>r² of each lane.</summary>
    public fixed ulong Square[Limbs * Width];

    /// <summary>The sum so far.</summary>
    public fixed ulong Sum[Limbs * Width];

    /// <summary>The sum over the head of each lane: what a lane begins with when its turn comes.</summary>
    public fixed ulong HeadSum[Limbs * Width];

    /// <summary>The result: two rows, the lower and the upper 64 bits of the sum modulo 2^130 - 5; a third row has what is above for sums that go on.</summary>
    public fixed ulong Result[3 * Width];

    /// <summary>r, r², r³ and r⁴ to multiply by.</summary>
    public fixed ulong Powers[4 * MultiplierRows * Width];

    /// <summary>All ones where the lane goes on with its sum, zero where it begins now.</summary>
    public fixed ulong Running[Width];

    /// <summary>Where each lane's text goes on.</summary>
    public fixed ulong Text[Width];

    /// <summary>The last block of each lane's text, filled with zeros, then the block of the lengths: rows of lower and upper halves in turn.</summary>
    public fixed ulong Tail[4 * Width];

    /// <summary>The bits above the last block and above the block of the lengths, as in <see cref="PolyGroup.FullBlock"/>.</summary>
    public fixed ulong TailBits[2 * Width];

    /// <summary>The bits above the four blocks of a chunk from the middle of a text. Not secret.</summary>
    public fixed ulong BodyBits[4 * Width];

    /// <summary>The bits above the blocks of the head: zero where a lane has no block.</summary>
    public fixed ulong HeadBits[4 * Width];

    /// <summary>The heads: the blocks of each lane before its first whole chunk, right-aligned in 64 bytes.</summary>
    public fixed byte Head[64 * Width];
}
