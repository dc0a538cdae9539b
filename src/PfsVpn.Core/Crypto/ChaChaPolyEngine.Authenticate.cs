using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PfsVpn.Crypto;

/// <content>
/// Poly1305 in lanes. A lane is a run of full blocks: a text without its last block, or a piece of a single text. All lanes end together and begin where their length says:
/// a lane that waits for its turn runs along on another lane's text, and begins with a sum of its own when its turn has come. The blocks that do not
/// fill a chunk of the kernel come first, as the lane's head; the last block of each text and the block of the lengths are the tail.
/// </content>
internal sealed unsafe partial class ChaChaPolyEngine<TKernel>
{
    /// <summary>Bytes from which on a single text is cut into pieces.</summary>
    private const int WorthPieces = 384;

    /// <summary>Computes the tags of the ciphertexts of packets <paramref name="first"/> to <paramref name="end"/>, that one not, with the one-time keys in <see cref="AeadScratch.Keys"/>, into <see cref="AeadScratch.Tags"/>.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Authenticate(AeadScratch* scratch, AeadPacket** packets, int first, int end)
    {
        for (var i = first; i < end;)
        {
            var together = Math.Min(TKernel.PolyLanes, end - i);
            if (together > 1 && IsWorthALane(packets[i]->PlaintextLength, together))
            {
                AuthenticateGroup(scratch, packets, i, together);
                i += together;
            }
            else
            {
                AuthenticateOne(scratch, packets[i], i);
                i++;
            }
        }
    }

    /// <summary>Whether texts, the longest of <paramref name="longest"/> bytes, are quicker side by side than one after the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsWorthALane(int longest, int count)
    {
        // In units of one step of the kernel, two blocks in all lanes; found by measuring.
        var blocks = longest / 16;
        var together = (blocks / 2) + 4;
        var pieces = (blocks / (2 * TKernel.PolyLanes)) + 6;
        var scalar = (blocks / 3) + 2;
        return together <= count * Math.Min(pieces, scalar);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AuthenticateOne(AeadScratch* scratch, AeadPacket* packet, int index)
    {
        var key = (ulong*)(scratch->Keys + (BlockSizeInBytes * index));
        var tag = scratch->Tags + (2 * index);
        if (TKernel.PolyLanes == 1 || packet->PlaintextLength < WorthPieces) Poly1305Scalar.Tag(packet->Data, packet->PlaintextLength, key, tag);
        else AuthenticatePieces(scratch, packet, key, tag);
    }

    /// <summary>Up to <see cref="IChaChaPolyKernel.PolyLanes"/> texts, each in its lane; lanes that are left repeat the first.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    private static void AuthenticateGroup(AeadScratch* scratch, AeadPacket** packets, int first, int count)
    {
        const int row = PolyGroup.Width;
        var group = &scratch->Group;
        scratch->GroupUsed = Math.Max(scratch->GroupUsed, TKernel.PolyLanes == PolyGroup.Width ? 2 : 1);
        Runs lanes;
        for (var lane = 0; lane < TKernel.PolyLanes; lane++)
        {
            var index = first + (lane < count ? lane : 0);
            var text = packets[index]->Data;
            var length = packets[index]->PlaintextLength;
            var key = (ulong*)(scratch->Keys + (BlockSizeInBytes * index));
            group->Key[lane] = key[0];
            group->Key[row + lane] = key[1];
            var (low, high) = Poly1305Scalar.LastBlock(text, length);
            group->Tail[lane] = low;
            group->Tail[row + lane] = high;
            group->Tail[(2 * row) + lane] = 0;
            group->Tail[(3 * row) + lane] = (ulong)length;
            group->TailBits[lane] = length == 0 ? 0 : PolyGroup.FullBlock;
            group->TailBits[row + lane] = PolyGroup.FullBlock;
            lanes.Start[lane] = (ulong)text;
            lanes.Blocks[lane] = length == 0 ? 0 : (length - 1) / 16;
        }
        TKernel.PolyStart(group);
        Absorb(group, ref lanes);
        TKernel.PolyFinish(group);
        for (var lane = 0; lane < count; lane++)
        {
            var index = first + lane;
            Poly1305Scalar.WriteTag(
                group->Result[lane], group->Result[row + lane], (ulong*)(scratch->Keys + (BlockSizeInBytes * index)), scratch->Tags + (2 * index));
        }
    }

    /// <summary>
    /// One long text in four pieces, all of one length but the first, in the lanes of <see cref="ChaChaPolyVector256"/> whatever the kernel is: up to 3 KB,
    /// more than a packet has, eight pieces take longer to join than they gain.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    private static void AuthenticatePieces(AeadScratch* scratch, AeadPacket* packet, ulong* key, ulong* tag)
    {
        const int pieces = 4;
        var group = &scratch->Group;
        scratch->GroupUsed = Math.Max(scratch->GroupUsed, 1);
        var total = (packet->PlaintextLength - 1) / 16;
        var unit = pieces * ChaChaPolyVector256.PolyChunkBlocks;
        var piece = (total + unit - 1) / unit * ChaChaPolyVector256.PolyChunkBlocks;
        ChaChaPolyEngine<ChaChaPolyVector256>.Runs lanes;
        for (var lane = 0; lane < pieces; lane++)
        {
            group->Key[lane] = key[0];
            group->Key[PolyGroup.Width + lane] = key[1];
            var end = Math.Max(total - (piece * (pieces - 1 - lane)), 0);
            var start = Math.Max(end - piece, 0);
            lanes.Start[lane] = (ulong)(packet->Data + (16 * start));
            lanes.Blocks[lane] = end - start;
        }
        ChaChaPolyVector256.PolyStart(group);
        ChaChaPolyEngine<ChaChaPolyVector256>.Absorb(group, ref lanes);
        ChaChaPolyVector256.PolyJoin(group, piece);
        Poly1305Scalar.TagOfRest(group, 16 * total, packet->Data, packet->PlaintextLength, key, tag);
    }

    /// <summary>Absorbs all blocks of all lanes. Afterwards <see cref="PolyGroup.Running"/> says which lanes had whole chunks.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    private static void Absorb(PolyGroup* group, ref Runs lanes)
    {
        int longest = 0, heads = 0;
        for (var lane = 0; lane < TKernel.PolyLanes; lane++)
        {
            heads |= lanes.Blocks[lane];
            if (lanes.Blocks[lane] > lanes.Blocks[longest]) longest = lane;
            group->Running[lane] = ulong.MaxValue;
        }
        if (heads % TKernel.PolyChunkBlocks != 0) AbsorbHeads(group, ref lanes);
        var most = lanes.Blocks[longest] / TKernel.PolyChunkBlocks;
        if (most > 0) AbsorbChunks(group, ref lanes, longest, most);
    }

    /// <summary>Absorbs what does not fill whole chunks of the kernel at the beginning of each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AbsorbHeads(PolyGroup* group, ref Runs lanes)
    {
        for (var lane = 0; lane < TKernel.PolyLanes; lane++)
        {
            var head = lanes.Blocks[lane] % TKernel.PolyChunkBlocks;
            var missing = TKernel.PolyChunkBlocks - head;
            var text = (byte*)lanes.Start[lane];
            var copy = group->Head + (BlockSizeInBytes * lane);
            for (var block = 0; block < TKernel.PolyChunkBlocks; block++)
            {
                var bytes = block < missing ? Vector128<byte>.Zero : Vector128.Load(text + (16 * (block - missing)));
                bytes.Store(copy + (16 * block));
                group->HeadBits[(PolyGroup.Width * block) + lane] = block < missing ? 0 : PolyGroup.FullBlock;
            }
            lanes.Start[lane] += (ulong)(16 * head);
            group->Text[lane] = (ulong)copy;
        }
        TKernel.PolyAbsorb(group, 1, group->HeadBits);
        Unsafe.CopyBlock(group->HeadSum, group->Sum, PolyGroup.Limbs * PolyGroup.Width * sizeof(ulong));
    }

    /// <summary>Absorbs the whole chunks of all lanes, in as many steps as there are different numbers of chunks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AbsorbChunks(PolyGroup* group, ref Runs lanes, int longest, int most)
    {
        var left = most;
        while (left > 0)
        {
            // Up to the moment when the next lanes begin.
            var next = 0;
            for (var lane = 0; lane < TKernel.PolyLanes; lane++)
            {
                var chunks = lanes.Blocks[lane] / TKernel.PolyChunkBlocks;
                var begun = chunks >= left;
                if (!begun) next = Math.Max(next, chunks);
                var (runs, of) = begun ? (lane, chunks) : (longest, most);
                group->Text[lane] = lanes.Start[runs] + (ulong)(16L * TKernel.PolyChunkBlocks * (of - left));
                group->Running[lane] = chunks == left && left < most ? 0 : ulong.MaxValue;
            }
            TKernel.PolyAbsorb(group, left - next, group->BodyBits);
            left = next;
        }
        // Lanes without a whole chunk go on from their heads, the others from where they are.
        for (var lane = 0; lane < TKernel.PolyLanes; lane++)
            group->Running[lane] = lanes.Blocks[lane] < TKernel.PolyChunkBlocks ? 0 : ulong.MaxValue;
    }

    /// <summary>The full blocks of each lane: where they begin and how many they are.</summary>
    private struct Runs
    {
        public fixed ulong Start[PolyGroup.Width];
        public fixed int Blocks[PolyGroup.Width];
    }
}
