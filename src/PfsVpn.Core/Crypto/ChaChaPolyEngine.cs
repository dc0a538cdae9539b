using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PfsVpn.Crypto;

/// <summary>ChaCha20-Poly1305 over batches of packets under one key, with the blocks and sums of <typeparamref name="TKernel"/>.</summary>
/// <remarks>
/// References: RFC 8439 §2.8 without additional data; WireGuard paper §5.4.6 for the nonce.
/// Sealing, for up to 16 packets at a time, longest first so that texts of like length meet in one vector:
/// 1. Key stream: block 0 of each packet is its one-time key, the others are added to the text; 32 blocks in one pass, of whatever packet.
/// 2. Poly1305 over groups of texts. 3. The tags go behind the texts; one-time keys are zeroed. In large batches some texts, the first ones, are left out of the
/// groups: their Poly1305 runs as streams during the passes of all that follow.
/// Opening: one-time keys, Poly1305, comparison of tags, and only then the key stream for the packets that were right. Where keys and texts fit in one pass together,
/// the texts are decrypted in the scratch meanwhile and copied out afterwards; what was forged is wiped there.
/// Threading: see <see cref="AeadEngine"/>. Constant time: lengths, counts and the verdicts are public, nothing else steers a branch or an address.
/// </remarks>
internal sealed unsafe partial class ChaChaPolyEngine<TKernel> : AeadEngine
    where TKernel : struct, IChaChaPolyKernel
{
    /// <summary>Packets that are encrypted before their tags are computed: 16 full-sized ones are still in the first-level cache then.</summary>
    private const int SealTogether = 16;

    /// <summary>Packets whose tags are compared before the first of them is decrypted: they are still in the first-level cache then.</summary>
    private const int OpenTogether = 8;

    private const int BlockSizeInBytes = 64;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Seal(AeadScratch* scratch, uint* key, AeadPacket* packets, int count)
    {
        for (var first = 0; first < count; first += AeadScratch.MaxSorted)
        {
            var sorted = PacketOrder.Sort(scratch, packets + first, Math.Min(count - first, AeadScratch.MaxSorted));
            SealSorted(scratch, key, (AeadPacket**)scratch->Sorted, sorted);
        }
        WipeGroup(scratch);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override int Open(AeadScratch* scratch, uint* key, AeadPacket* packets, int count)
    {
        var authentic = 0;
        for (var first = 0; first < count; first += AeadScratch.MaxSorted)
        {
            var sorted = PacketOrder.Sort(scratch, packets + first, Math.Min(count - first, AeadScratch.MaxSorted));
            for (var i = 0; i < sorted; i += AeadScratch.MaxPackets)
                authentic += OpenSome(scratch, key, (AeadPacket**)scratch->Sorted + i, Math.Min(sorted - i, AeadScratch.MaxPackets));
        }
        WipeGroup(scratch);
        return authentic;
    }

    /// <inheritdoc/>
    internal override void XorBlocks(uint* key, LaneTable* lanes, int count) => TKernel.XorBlocks(key, lanes, count);

    /// <inheritdoc/>
    internal override void ComputeTags(AeadScratch* scratch, AeadPacket** packets, int count) => Authenticate(scratch, packets, 0, count);

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    private static void SealSorted(AeadScratch* scratch, uint* key, AeadPacket** packets, int count)
    {
        var pass = new Pass { Scratch = scratch, Key = key };
        // The streams keep their keys until the end, so the others' keys stand behind them; the first group is smaller for what the cache holds.
        var streams = CountStreams(packets, count);
        var done = streams > 0 ? streams + TKernel.PolyLanes : Math.Min(count, SealTogether);
        Encrypt(ref pass, packets, 0, done);
        if (streams > 0) StartStreams(scratch, packets, streams);
        SealTags(scratch, packets, streams, done);
        while (done < count)
        {
            var next = Math.Min(count - done, SealTogether);
            var shifted = packets + done - streams;
            Encrypt(ref pass, shifted, streams, streams + next);
            SealTags(scratch, shifted, streams, streams + next);
            done += next;
        }
        if (streams == 0) return;
        FinishStreams(scratch, packets, streams);
        WriteTags(scratch, packets, 0, streams);
    }

    /// <summary>Encrypts packets <paramref name="first"/> to <paramref name="end"/>, that one not, and makes their one-time keys.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Encrypt(ref Pass pass, AeadPacket** packets, int first, int end)
    {
        for (var i = first; i < end; i++) AddPacket(ref pass, packets[i], i);
        Flush(ref pass);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SealTags(AeadScratch* scratch, AeadPacket** packets, int first, int end)
    {
        Authenticate(scratch, packets, first, end);
        WriteTags(scratch, packets, first, end);
    }

    /// <summary>Writes tags behind their texts and zeroes the one-time keys.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WriteTags(AeadScratch* scratch, AeadPacket** packets, int first, int end)
    {
        for (var i = first; i < end; i++)
        {
            var tag = (ulong*)(packets[i]->Data + packets[i]->PlaintextLength);
            tag[0] = scratch->Tags[2 * i];
            tag[1] = scratch->Tags[(2 * i) + 1];
        }
        Wipe(scratch->Keys + (BlockSizeInBytes * first), BlockSizeInBytes * (end - first));
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    private static int OpenSome(AeadScratch* scratch, uint* key, AeadPacket** packets, int count)
    {
        var blocks = count;
        for (var i = 0; i < count && blocks <= LaneTable.Capacity; i++) blocks += Blocks(packets[i]);
        var pass = new Pass { Scratch = scratch, Key = key };
        for (var i = 0; i < count; i++) AddKey(ref pass, packets[i]->Counter, i);
        var authentic = blocks <= LaneTable.Capacity ? OpenCopies(ref pass, packets, count, blocks - count) : OpenInPlace(ref pass, packets, count);
        Wipe(scratch->Keys, BlockSizeInBytes * count);
        // The tag that a forger would have needed is as good as a tag for him.
        Wipe((byte*)scratch->Tags, TransportAead.TagSizeInBytes * count);
        return authentic;
    }

    /// <summary>Opens packets that fit in one pass together with their keys.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int OpenCopies(ref Pass pass, AeadPacket** packets, int count, int blocks)
    {
        AddCopies(ref pass, packets, count);
        Flush(ref pass);
        Authenticate(pass.Scratch, packets, 0, count);
        var authentic = Compare(pass.Scratch, packets, 0, count);
        ReleaseCopies(pass.Scratch, packets, count, blocks);
        return authentic;
    }

    /// <summary>Opens packets whose keys are in the pass. A group's text is decrypted when its tags were right, and the streams' tags are computed meanwhile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int OpenInPlace(ref Pass pass, AeadPacket** packets, int count)
    {
        var scratch = pass.Scratch;
        Flush(ref pass);
        var streams = CountStreams(packets, count);
        if (streams > 0) StartStreams(scratch, packets, streams);
        var authentic = 0;
        for (var first = streams; first < count; first += OpenTogether)
        {
            var end = Math.Min(count, first + OpenTogether);
            Authenticate(scratch, packets, first, end);
            authentic += Compare(scratch, packets, first, end);
            AddAuthentic(ref pass, packets, first, end);
        }
        if (streams > 0)
        {
            FinishStreams(scratch, packets, streams);
            authentic += Compare(scratch, packets, 0, streams);
            AddAuthentic(ref pass, packets, 0, streams);
        }
        Flush(ref pass);
        return authentic;
    }

    /// <summary>Compares tags and sets the verdicts; returns how many are authentic.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Compare(AeadScratch* scratch, AeadPacket** packets, int first, int end)
    {
        var authentic = 0;
        for (var i = first; i < end; i++)
        {
            // Both halves are always compared.
            var tag = (ulong*)(packets[i]->Data + packets[i]->PlaintextLength);
            var difference = (tag[0] ^ scratch->Tags[2 * i]) | (tag[1] ^ scratch->Tags[(2 * i) + 1]);
            packets[i]->Authentic = difference == 0 ? 1 : 0;
            authentic += packets[i]->Authentic;
        }
        return authentic;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddAuthentic(ref Pass pass, AeadPacket** packets, int first, int end)
    {
        for (var i = first; i < end; i++)
            if (packets[i]->Authentic != 0) AddText(ref pass, packets[i], 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Blocks(AeadPacket* packet) => (int)(((uint)packet->PlaintextLength + BlockSizeInBytes - 1) / BlockSizeInBytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WipeGroup(AeadScratch* scratch)
    {
        if (scratch->GroupUsed == 0) return;
        Wipe((byte*)&scratch->Group, PolyGroup.SecretSizeInBytes);
        if (scratch->GroupUsed > 1) Wipe((byte*)scratch->Group.Powers, PolyGroup.PowersSizeInBytes);
        scratch->GroupUsed = 0;
    }

    /// <summary>Zeroes native memory, a multiple of 16 bytes. Safety: stores through a pointer to native memory are never dropped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Wipe(byte* address, int length)
    {
        for (var end = address + length; address < end; address += 16) Vector128<byte>.Zero.Store(address);
    }
}
