using System.Runtime.CompilerServices;

namespace PfsVpn.Routing;

/// <summary>One state of <see cref="AllowedIps{TPeer}"/>: two path-compressed binary tries over one chunked array of nodes.</summary>
/// <remarks>Threading: immutable once published; read from any thread.</remarks>
internal sealed class AllowedIpsSnapshot<TPeer>
    where TPeer : class
{
    public static AllowedIpsSnapshot<TPeer> Empty { get; } = new() { Nodes = [], Slots = [] };

    public required TrieNode[][] Nodes { get; init; }

    public required PeerSlot<TPeer>[][] Slots { get; init; }

    /// <summary>Nodes in use or free, the unused node 0 included.</summary>
    public int NodeCount { get; init; }

    /// <summary>Slots in use or free, the unused slot 0 included.</summary>
    public int SlotCount { get; init; }

    /// <summary>Head of the list of free nodes.</summary>
    public int FreeNode { get; init; }

    /// <summary>Head of the list of free slots.</summary>
    public int FreeSlot { get; init; }

    public int RootV4 { get; init; }

    public int RootV6 { get; init; }

    public int PrefixCount { get; init; }

    public TPeer? FindV4(uint address)
    {
        var key = (ulong)address << 32;
        var nodes = Nodes;
        var slot = 0;
        for (var index = RootV4; index != 0;)
        {
            ref readonly var node = ref Node(nodes, index);
            if (!node.MatchesV4(key)) break;
            if (node.Slot != 0) slot = node.Slot;
            // A /32 asks for bit 32, which the alignment made zero; it has no children.
            index = node.Children[(int)(key >> (63 - node.Length)) & 1];
        }
        return PeerOf(slot);
    }

    public TPeer? FindV6(ulong high, ulong low)
    {
        var nodes = Nodes;
        var slot = 0;
        for (var index = RootV6; index != 0;)
        {
            ref readonly var node = ref Node(nodes, index);
            if (!node.Matches(high, low)) break;
            if (node.Slot != 0) slot = node.Slot;
            // A /128 asks for bit 128, which reads as bit 64; it has no children.
            index = node.Children[TrieNode.Bit(high, low, node.Length)];
        }
        return PeerOf(slot);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref readonly TrieNode Node(TrieNode[][] nodes, int index) =>
        ref nodes[index >> ChunkedArray<TrieNode>.ChunkShift][index & ChunkedArray<TrieNode>.ChunkMask];

    public ref readonly PeerSlot<TPeer> Slot(int index) =>
        ref Slots[index >> ChunkedArray<PeerSlot<TPeer>>.ChunkShift][index & ChunkedArray<PeerSlot<TPeer>>.ChunkMask];

    private TPeer? PeerOf(int slot) => slot == 0 ? null : Slot(slot).Peer;
}
