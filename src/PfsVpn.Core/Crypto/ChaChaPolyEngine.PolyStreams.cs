using System.Runtime.CompilerServices;

namespace PfsVpn.Crypto;

/// <content>
/// Texts whose Poly1305 runs as a <see cref="PolyStream"/> during the passes of other texts, where it costs next to nothing. They are so many that the others
/// fill the lanes of the vector form, and so few that the passes to come suffice; what they do not suffice for is done afterwards.
/// </content>
internal sealed unsafe partial class ChaChaPolyEngine<TKernel>
{
    /// <summary>Bytes from which on a text may be a stream; below, starting and ending it outweighs what it saves.</summary>
    private const int WorthAStream = 512;

    /// <summary>How many of the packets, the first ones, are to be streams.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int CountStreams(AeadPacket** packets, int count)
    {
        if (!TKernel.HasStreams || count <= 2 * TKernel.PolyLanes || packets[0]->PlaintextLength < WorthAStream) return 0;
        var streams = 0;
        for (var tried = count % TKernel.PolyLanes; tried <= AeadScratch.MaxStreams; tried += TKernel.PolyLanes)
            if (Suffice(packets, count, tried)) streams = tried;
        return streams;
    }

    /// <summary>Whether the passes of the other packets, but those of the first group, suffice for <paramref name="streams"/> streams.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Suffice(AeadPacket** packets, int count, int streams)
    {
        long steps = 0, lanes = 0;
        for (var i = 0; i < streams; i++) steps += Steps(packets[i]);
        for (var i = streams + TKernel.PolyLanes; i < count; i++) lanes += Blocks(packets[i]);
        return streams > 0 && packets[streams - 1]->PlaintextLength >= WorthAStream && steps <= lanes / LaneTable.Capacity * PolyStream.StepsPerPass;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Steps(AeadPacket* packet) => packet->PlaintextLength / (16 * PolyStream.BlocksPerStep);

    /// <summary>Lets the first packets' Poly1305 run during the passes to come. Their ciphertext and their one-time keys are there.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void StartStreams(AeadScratch* scratch, AeadPacket** packets, int streams)
    {
        var first = (PolyStream*)scratch->Streams;
        for (var i = 0; i < streams; i++)
        {
            var stream = first + i;
            Poly1305Scalar.Start(stream, (ulong*)(scratch->Keys + (BlockSizeInBytes * i)));
            stream->Text = (ulong*)packets[i]->Data;
            stream->Steps = Steps(packets[i]);
            stream->Stride = 2 * PolyStream.BlocksPerStep;
            stream->Next = i + 1 < streams ? stream + 1 : &scratch->Lanes.Idle;
        }
        scratch->Lanes.Stream = first;
    }

    /// <summary>Completes the streams and writes their tags to <see cref="AeadScratch.Tags"/>.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void FinishStreams(AeadScratch* scratch, AeadPacket** packets, int streams)
    {
        scratch->Lanes.Stream = null;
        for (var i = 0; i < streams; i++)
        {
            var stream = (PolyStream*)scratch->Streams + i;
            var key = (ulong*)(scratch->Keys + (BlockSizeInBytes * i));
            Poly1305Scalar.TagOfStream(stream, packets[i]->Data, packets[i]->PlaintextLength, key, scratch->Tags + (2 * i));
        }
        Wipe(scratch->Streams, sizeof(PolyStream) * streams);
    }
}
