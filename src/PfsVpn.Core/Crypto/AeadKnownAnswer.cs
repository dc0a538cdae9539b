using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PfsVpn.Crypto;

/// <summary>The test that a kernel passes before it is used: a batch through all of its paths, whose result was computed with libsodium.</summary>
/// <remarks>Threading: pure functions. Nothing in it is secret: key and texts are constants.</remarks>
internal static unsafe class AeadKnownAnswer
{
    private const int Room = 1536;

    /// <summary>Lengths around blocks, chunks and passes; the first are alike, so that a group of equal lengths is among them, and so many that two texts become streams.</summary>
    private static ReadOnlySpan<ushort> Lengths =>
    [
        1420, 1420, 1420, 1420, 1420, 1420, 1420, 1420, 1420, 1420, 1420, 1420, 1420, 1420, 1420,
        0, 1, 15, 16, 17, 63, 64, 65, 114, 128, 255, 256, 257, 511, 512, 600, 1023, 1280, 1500,
    ];

    /// <summary>BLAKE2s of all sealed packets, one after the other. AeadKnownAnswerTests computes it with libsodium.</summary>
    private static ReadOnlySpan<byte> Digest =>
    [
        0x16, 0x22, 0xA9, 0x27, 0x1B, 0xE5, 0xD8, 0x84, 0x7E, 0x3B, 0x04, 0x5D, 0x3B, 0x0F, 0xC9, 0x2D,
        0x02, 0xA3, 0xDE, 0x8E, 0x90, 0xA1, 0x7B, 0xD8, 0xEA, 0x8E, 0x56, 0x97, 0xA2, 0x3E, 0x24, 0x04,
    ];

    /// <summary>Whether <paramref name="engine"/> seals and opens a batch and single packets as it must, and refuses a forged one.</summary>
    public static bool Passes(AeadEngine engine)
    {
        var size = (nuint)(sizeof(AeadScratch) + (Lengths.Length * (Room + sizeof(AeadPacket))) + SecretKey.SizeInBytes);
        var memory = (byte*)NativeMemory.AlignedAlloc(size, 64);
        try
        {
            NativeMemory.Clear(memory, size);
            var scratch = (AeadScratch*)memory;
            var packets = (AeadPacket*)(scratch + 1);
            var key = (byte*)(packets + Lengths.Length);
            var texts = key + SecretKey.SizeInBytes;
            TransportAead.Prepare(scratch);
            for (var i = 0; i < SecretKey.SizeInBytes; i++) key[i] = KeyByte(i);
            return Seal(engine, scratch, (uint*)key, packets, texts, together: true)
                && OpensAll(engine, scratch, (uint*)key, packets)
                && Seal(engine, scratch, (uint*)key, packets, texts, together: false)
                && OpensAllButOne(engine, scratch, (uint*)key, packets);
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }

    /// <summary>Byte <paramref name="index"/> of the key.</summary>
    public static byte KeyByte(int index) => (byte)(0x80 + index);

    /// <summary>Byte <paramref name="index"/> of the text of packet <paramref name="packet"/>.</summary>
    public static byte TextByte(int packet, int index) => (byte)((packet * 37) + (index * 11) + (index >> 8));

    /// <summary>The counter of packet <paramref name="packet"/>: both halves of the word are used.</summary>
    public static ulong CounterOf(int packet) => ((ulong)packet * 0x1_2345_6789) + 0xFFFF_FFF0;

    /// <summary>The length of each packet.</summary>
    public static ReadOnlySpan<ushort> PacketLengths => Lengths;

    /// <summary>The expected digest.</summary>
    public static ReadOnlySpan<byte> ExpectedDigest => Digest;

    private static bool Seal(AeadEngine engine, AeadScratch* scratch, uint* key, AeadPacket* packets, byte* texts, bool together)
    {
        for (var i = 0; i < Lengths.Length; i++)
        {
            packets[i] = new AeadPacket { Data = texts + (i * Room), PlaintextLength = Lengths[i], Counter = CounterOf(i) };
            for (var at = 0; at < Lengths[i]; at++) packets[i].Data[at] = TextByte(i, at);
        }
        if (together) engine.Seal(scratch, key, packets, Lengths.Length);
        else for (var i = 0; i < Lengths.Length; i++) engine.Seal(scratch, key, packets + i, 1);

        var hash = new Blake2s(Blake2s.HashSizeInBytes);
        for (var i = 0; i < Lengths.Length; i++) hash.Update(new ReadOnlySpan<byte>(packets[i].Data, Lengths[i] + TransportAead.TagSizeInBytes));
        Span<byte> digest = stackalloc byte[Blake2s.HashSizeInBytes];
        hash.Finish(digest);
        return digest.SequenceEqual(Digest);
    }

    private static bool OpensAll(AeadEngine engine, AeadScratch* scratch, uint* key, AeadPacket* packets) =>
        engine.Open(scratch, key, packets, Lengths.Length) == Lengths.Length && TextsAreRight(packets, except: -1);

    private static bool OpensAllButOne(AeadEngine engine, AeadScratch* scratch, uint* key, AeadPacket* packets)
    {
        const int forged = 3;
        packets[forged].Data[700] ^= 0x10;
        var authentic = engine.Open(scratch, key, packets, Lengths.Length);
        var copyOfForged = packets[forged].Authentic;
        return authentic == Lengths.Length - 1 && copyOfForged == 0 && TextsAreRight(packets, forged);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool TextsAreRight(AeadPacket* packets, int except)
    {
        for (var i = 0; i < Lengths.Length; i++)
        {
            if (i == except) continue;
            for (var at = 0; at < Lengths[i]; at++)
                if (packets[i].Data[at] != TextByte(i, at)) return false;
        }
        return true;
    }
}
