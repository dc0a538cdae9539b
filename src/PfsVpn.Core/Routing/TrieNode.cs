using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PfsVpn.Routing;

/// <summary>One node of the tries of <see cref="AllowedIps{TPeer}"/>: a prefix that belongs to a peer, or a fork between two longer ones.</summary>
/// <remarks>
/// Sizes: 40 bytes. Keys are aligned to the left: an IPv4 address is the upper half of <see cref="High"/>.
/// Indices of nodes and slots count from 1; 0 is none. Invariant: a node without a slot has two children.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal struct TrieNode
{
    /// <summary>Bits 0 to 63 of the prefix, bits behind its length zero.</summary>
    public ulong High;

    /// <summary>Bits 64 to 127 of the prefix.</summary>
    public ulong Low;

    /// <summary>Nodes of the longer prefixes that go on with a 0 and with a 1.</summary>
    public Pair Children;

    /// <summary>The slot of the peer that owns the prefix, 0 for a fork.</summary>
    public int Slot;

    /// <summary>The next prefix of the same peer in order of insertion; the next free node where this one is free.</summary>
    public int Next;

    /// <summary>The previous prefix of the same peer.</summary>
    public int Previous;

    /// <summary>Bits of the prefix.</summary>
    public byte Length;

    /// <summary>4 or 6.</summary>
    public byte Family;

    /// <summary>Whether a left-aligned IPv4 address begins with this prefix of an IPv4 trie.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool MatchesV4(ulong high) => BitOperations.LeadingZeroCount(High ^ high) >= Length;

    /// <summary>Whether an address of either family begins with this prefix.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool Matches(ulong high, ulong low) => CommonLength(high, low) >= Length;

    /// <summary>How many leading bits the key of this node shares with another key: 0 to 128.</summary>
    public readonly int CommonLength(ulong high, ulong low) => High != high
        ? BitOperations.LeadingZeroCount(High ^ high)
        : 64 + BitOperations.LeadingZeroCount(Low ^ low);

    /// <summary>Bit <paramref name="index"/> (0 to 127) of a key, counted from the left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Bit(ulong high, ulong low, int index) => (int)(((index < 64 ? high : low) >> (63 - (index & 63))) & 1);

    /// <summary>Two node indices.</summary>
    [InlineArray(2)]
    public struct Pair
    {
        private int _first;
    }
}
