using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PfsVpn.Crypto;

/// <summary>ChaCha20-Poly1305 over batches of packets under one key, with the blocks and sums of <typeparamref name="TKernel"/>.</summary>
/// <remarks>
/// References: RFC 8439 §2.8 without additional data; WireGuard paper §5.4.6 for the nonce.
/// Sealing, for up to 16 packets at a time, longest first so that texts of like length meet in one vector:
/// 1. Key stream: block 0 of each packet is its one-time key, the others are added to the text; 32 blocks in one pass, of whatever packet.
/// 2. Poly1305 over groups of texts. 3. The tags go behind the texts; one-time keys are zeroed.
/// Opening: one-time keys, Poly1305, comparison of tags, and only then the key stream for the packets that were right. Where keys and texts fit in one pass together,
/// the texts are decrypted in the scratch meanwhile and copied out afterwards; what was forged is wiped there.
/// Threading: see <see cref="AeadEngine"/>. Constant time: lengths, counts and the verdicts are public, nothing else steers a branch or an address.
/// </remarks>
internal sealed unsafe partial class ChaChaPolyEngine<TKernel> : AeadEngine
    where TKernel : struct, IChaChaPolyKernel
{
    /// <summary>Packets that are encrypted before their tags are computed: 16 full-sized ones are still in the first-level cache then.</summary>
    private const int SealTogether = 16;

    private const int BlockSizeInBytes = 64;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Seal(AeadScratch* scratch, uint* key, AeadPacket* packets, int count)
    {
        for (var first = 0; first < count; first += AeadScratch.MaxSorted)
        {
            var sorted = PacketOrder.Sort(scratch, packets + first, Math.Min(count - first, AeadScratch.MaxSorted));
            for (var i = 0; i < sorted; i += SealTogether)
                SealSome(scratch, key, (AeadPacket**)scratch->Sorted + i, Math.Min(sorted - i, SealTogether));
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
    internal override void ComputeTags(AeadScratch* scratch, AeadPacket** packets, int count) => Authenticate(scratch, packets, count);

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    private static void SealSome(AeadScratch* scratch, uint* key, AeadPacket** packets, int count)
    {
        var pass = new Pass { Scratch = scratch, Key = key };
        for (var i = 0; i < count; i++) AddPacket(ref pass, packets[i], i);
        Flush(ref pass);
        Authenticate(scratch, packets, count);
        for (var i = 0; i < count; i++)
        {
            var tag = (ulong*)(packets[i]->Data + packets[i]->PlaintextLength);
            tag[0] = scratch->Tags[2 * i];
            tag[1] = scratch->Tags[(2 * i) + 1];
        }
        Wipe(scratch->Keys, BlockSizeInBytes * count);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    private static int OpenSome(AeadScratch* scratch, uint* key, AeadPacket** packets, int count)
    {
        var blocks = count;
        for (var i = 0; i < count && blocks <= LaneTable.Capacity; i++) blocks += Blocks(packets[i]);
        var onePass = blocks <= LaneTable.Capacity;
        var pass = new Pass { Scratch = scratch, Key = key };
        for (var i = 0; i < count; i++) AddKey(ref pass, packets[i]->Counter, i);
        if (onePass) AddCopies(ref pass, packets, count);
        Flush(ref pass);
        Authenticate(scratch, packets, count);
        var authentic = 0;
        for (var i = 0; i < count; i++)
        {
            // Both halves are always compared.
            var tag = (ulong*)(packets[i]->Data + packets[i]->PlaintextLength);
            var difference = (tag[0] ^ scratch->Tags[2 * i]) | (tag[1] ^ scratch->Tags[(2 * i) + 1]);
            packets[i]->Authentic = difference == 0 ? 1 : 0;
            authentic += packets[i]->Authentic;
        }
        if (onePass) ReleaseCopies(scratch, packets, count, blocks - count);
        else
        {
            for (var i = 0; i < count; i++)
                if (packets[i]->Authentic != 0) AddText(ref pass, packets[i], 1);
            Flush(ref pass);
        }
        Wipe(scratch->Keys, BlockSizeInBytes * count);
        // The tag that a forger would have needed is as good as a tag for him.
        Wipe((byte*)scratch->Tags, TransportAead.TagSizeInBytes * count);
        return authentic;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Blocks(AeadPacket* packet) => (int)(((uint)packet->PlaintextLength + BlockSizeInBytes - 1) / BlockSizeInBytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WipeGroup(AeadScratch* scratch)
    {
        if (scratch->GroupUsed == 0) return;
        Wipe((byte*)&scratch->Group, PolyGroup.SecretSizeInBytes);
        if (TKernel.PolyLanes == PolyGroup.Width) Wipe((byte*)scratch->Group.Powers, PolyGroup.PowersSizeInBytes);
        scratch->GroupUsed = 0;
    }

    /// <summary>Zeroes native memory, a multiple of 16 bytes. Safety: stores through a pointer to native memory are never dropped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Wipe(byte* address, int length)
    {
        for (var end = address + length; address < end; address += 16) Vector128<byte>.Zero.Store(address);
    }
}
