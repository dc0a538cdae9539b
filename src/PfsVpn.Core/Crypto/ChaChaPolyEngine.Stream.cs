using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PfsVpn.Crypto;

/// <content>
/// Filling passes: every block of key stream that is needed takes a lane, and full passes go to the kernel. Blocks are changed in place; only the last, partial
/// block of a packet goes through the scratch.
/// </content>
internal sealed unsafe partial class ChaChaPolyEngine<TKernel>
{
    /// <summary>A lane that makes the one-time key of packet <paramref name="index"/>. Its place is zero, so what is added to it is the key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddKey(ref Pass pass, ulong counter, int index) =>
        AddBlock(ref pass, pass.Scratch->Keys + (BlockSizeInBytes * index), 0, counter);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddBlock(ref Pass pass, byte* block, uint blockCounter, ulong counter)
    {
        var lanes = &pass.Scratch->Lanes;
        var lane = pass.Lanes;
        lanes->Counter[lane] = blockCounter;
        lanes->NonceLow[lane] = (uint)counter;
        lanes->NonceHigh[lane] = (uint)(counter >> 32);
        lanes->Block[lane] = (ulong)block;
        pass.Lanes = lane + 1;
        if (pass.Lanes == LaneTable.Capacity) Flush(ref pass);
    }

    /// <summary>Lanes for the one-time key of packet <paramref name="index"/> and for its whole text, which is changed in place when the pass is flushed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddPacket(ref Pass pass, AeadPacket* packet, int index)
    {
        // The key's block is number 0, so it is the first of the run; only its place is elsewhere.
        var first = pass.Lanes;
        var full = packet->PlaintextLength / BlockSizeInBytes;
        var run = Math.Min(full + 1, LaneTable.Capacity - first);
        AddRun(&pass.Scratch->Lanes, first, run, packet->Data - BlockSizeInBytes, 0, packet->Counter);
        pass.Scratch->Lanes.Block[first] = (ulong)(pass.Scratch->Keys + (BlockSizeInBytes * index));
        pass.Lanes += run;
        if (pass.Lanes == LaneTable.Capacity) Flush(ref pass);
        AddText(ref pass, packet, run);
    }

    /// <summary>Lanes for a text from block <paramref name="blockCounter"/> on, 1 being its first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddText(ref Pass pass, AeadPacket* packet, int blockCounter)
    {
        var full = packet->PlaintextLength / BlockSizeInBytes;
        while (blockCounter <= full)
        {
            var run = Math.Min(full + 1 - blockCounter, LaneTable.Capacity - pass.Lanes);
            AddRun(&pass.Scratch->Lanes, pass.Lanes, run, BlockOf(packet, blockCounter), (uint)blockCounter, packet->Counter);
            pass.Lanes += run;
            if (pass.Lanes == LaneTable.Capacity) Flush(ref pass);
            blockCounter += run;
        }
        var rest = packet->PlaintextLength % BlockSizeInBytes;
        if (rest > 0) AddPartial(ref pass, BlockOf(packet, blockCounter), rest, (uint)blockCounter, packet->Counter);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* BlockOf(AeadPacket* packet, int blockCounter) => packet->Data + ((long)BlockSizeInBytes * (blockCounter - 1));

    /// <summary>Lanes for <paramref name="count"/> consecutive blocks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRun(LaneTable* lanes, int lane, int count, byte* block, uint blockCounter, ulong counter)
    {
        if (!Vector256.IsHardwareAccelerated)
        {
            for (var i = 0; i < count; i++)
            {
                lanes->Counter[lane + i] = blockCounter + (uint)i;
                lanes->NonceLow[lane + i] = (uint)counter;
                lanes->NonceHigh[lane + i] = (uint)(counter >> 32);
                lanes->Block[lane + i] = (ulong)(block + (BlockSizeInBytes * i));
            }
            return;
        }
        // Eight at a time; what is written too much is written again by the next, or is behind the end.
        var counters = Vector256.Create(blockCounter) + Vector256<uint>.Indices;
        var low = Vector256.Create((uint)counter);
        var high = Vector256.Create((uint)(counter >> 32));
        var blocks = Vector256.Create((ulong)block) + (Vector256<ulong>.Indices * BlockSizeInBytes);
        for (var end = lane + count; lane < end; lane += 8)
        {
            counters.Store(lanes->Counter + lane);
            low.Store(lanes->NonceLow + lane);
            high.Store(lanes->NonceHigh + lane);
            blocks.Store(lanes->Block + lane);
            (blocks + Vector256.Create(4UL * BlockSizeInBytes)).Store(lanes->Block + lane + 4);
            counters += Vector256.Create(8u);
            blocks += Vector256.Create(8UL * BlockSizeInBytes);
        }
    }

    /// <summary>A lane for the last <paramref name="length"/> bytes of a text, 1 to 63, by way of the scratch.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddPartial(ref Pass pass, byte* text, int length, uint blockCounter, ulong counter)
    {
        var scratch = pass.Scratch;
        var slot = pass.Partials++;
        var copy = scratch->Partial + (BlockSizeInBytes * slot);
        // Safety: whole units of 16 bytes are read; the tag's place behind the text is at least as long as what is read too much.
        for (var at = 0; at < length; at += 16) Vector128.Load(text + at).Store(copy + at);
        scratch->PartialHome[slot] = (ulong)text;
        scratch->PartialLength[slot] = length;
        AddBlock(ref pass, copy, blockCounter, counter);
    }

    /// <summary>Sends the lanes to the kernel.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Flush(ref Pass pass)
    {
        if (pass.Lanes == 0) return;
        var scratch = pass.Scratch;
        var width = TKernel.PassWidth(pass.Lanes);
        var idle = pass.Lanes < width;
        for (var lane = pass.Lanes; lane < width; lane++) scratch->Lanes.Block[lane] = (ulong)scratch->Idle;
        TKernel.XorBlocks(pass.Key, &scratch->Lanes, pass.Lanes);
        for (var slot = 0; slot < pass.Partials; slot++) PutBack(scratch, slot);
        // Lanes without work have repeated earlier blocks of key stream here.
        if (idle) Wipe(scratch->Idle, BlockSizeInBytes);
        pass.Lanes = 0;
        pass.Partials = 0;
    }

    /// <summary>Copies a partial block to its packet and leaves what is behind it, the tag, as it was.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PutBack(AeadScratch* scratch, int slot)
    {
        var copy = scratch->Partial + (BlockSizeInBytes * slot);
        var text = (byte*)scratch->PartialHome[slot];
        var length = scratch->PartialLength[slot];
        var behind = Vector128.Load(text + length);
        for (var at = 0; at < length; at += 16)
        {
            Vector128.Load(copy + at).Store(text + at);
            Vector128<byte>.Zero.Store(copy + at);
        }
        behind.Store(text + length);
    }

    /// <summary>Copies all texts into the scratch, with lanes to decrypt them there.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void AddCopies(ref Pass pass, AeadPacket** packets, int count)
    {
        var copy = pass.Scratch->Unreleased;
        for (var i = 0; i < count; i++)
        {
            var packet = packets[i];
            Unsafe.CopyBlockUnaligned(copy, packet->Data, (uint)packet->PlaintextLength);
            var blocks = Blocks(packet);
            // The pass has room for all of them, and one flush is enough.
            AddRun(&pass.Scratch->Lanes, pass.Lanes, blocks, copy, 1, packet->Counter);
            pass.Lanes += blocks;
            copy += BlockSizeInBytes * blocks;
        }
    }

    /// <summary>Copies the texts with a right tag to their packets, and wipes all of them in the scratch.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void ReleaseCopies(AeadScratch* scratch, AeadPacket** packets, int count, int blocks)
    {
        var copy = scratch->Unreleased;
        for (var i = 0; i < count; i++)
        {
            var packet = packets[i];
            if (packet->Authentic != 0) Unsafe.CopyBlockUnaligned(packet->Data, copy, (uint)packet->PlaintextLength);
            copy += BlockSizeInBytes * Blocks(packet);
        }
        Wipe(scratch->Unreleased, BlockSizeInBytes * blocks);
    }

    /// <summary>The pass that is being filled.</summary>
    private struct Pass
    {
        public AeadScratch* Scratch;
        public uint* Key;
        public int Lanes;
        public int Partials;
    }
}
