using System.Runtime.InteropServices;

namespace PfsVpn.Crypto;

/// <summary>Poly1305 of one text that runs in the integer units while key stream is made in the vector units: what is left to do, and its state.</summary>
/// <remarks>
/// References: RFC 8439 §2.5; numbers as in <see cref="Poly1305Scalar"/>. Streams form a list, whose end is an idle one: no text but zeros, r = 0.
/// Threading: part of one worker's <see cref="AeadScratch"/>. Secret; wiped after each call.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PolyStream
{
    /// <summary>
    /// Blocks of 16 bytes in one step, which accompanies one double round of ChaCha20. Found by measuring: three cost nothing at all, and from the fourth on
    /// each takes more time than the vector form needs for it.
    /// </summary>
    public const int BlocksPerStep = 3;

    /// <summary>Steps in one pass: the double rounds of ChaCha20.</summary>
    public const int StepsPerPass = 10;

    /// <summary>The sum so far: two words and a small third one.</summary>
    public ulong Low, High, Top;

    /// <summary>r, clamped, and five quarters of its upper word.</summary>
    public ulong RLow, RHigh, RFolded;

    /// <summary>The next block.</summary>
    public ulong* Text;

    /// <summary>Steps to come.</summary>
    public nint Steps;

    /// <summary>Words of text in a step; 0 where the stream is idle, so that it never leaves its zeros.</summary>
    public nint Stride;

    /// <summary>The stream to go on with when this one has no steps to come.</summary>
    public PolyStream* Next;
}
