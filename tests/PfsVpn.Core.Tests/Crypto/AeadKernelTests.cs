using System.Buffers.Binary;
using System.Security.Cryptography;
using PfsVpn.Crypto;

namespace PfsVpn.Tests.Crypto;

/// <summary>Every kernel that the machine has, each alone, through the public operations.</summary>
public sealed unsafe class AeadKernelTests : IDisposable
{
    private const int Room = 2048;

    private readonly SecretArena _arena = SecretArena.Create();
    private readonly LockedBlock _block = new(Room * 64);
    private readonly Random _random = new(8439);

    public void Dispose()
    {
        _block.Dispose();
        _arena.Dispose();
    }

    /// <summary>More than a million packets in all; where the vector kernels are switched off, the slow ones are the only ones, and theirs are fewer.</summary>
    private static int PacketsFor(AeadKernel kernel) => kernel switch
    {
        AeadKernel.Vector512 or AeadKernel.Vector256 => 400_000,
        _ => 130_000,
    };

    [Theory]
    [MemberData(nameof(AeadKernelData.Supported), MemberType = typeof(AeadKernelData))]
    public void Random_batches_agree_with_libsodium_and_the_framework_and_forged_packets_stay_as_they_came(string name)
    {
        var kernel = AeadKernelData.Parse(name);
        using var comparison = new AeadComparison(kernel, seed: 8439);
        comparison.Run(PacketsFor(kernel));
    }

    [Theory]
    [MemberData(nameof(AeadKernelData.Supported), MemberType = typeof(AeadKernelData))]
    public void Each_length_alone_and_in_a_batch_of_its_like(string name)
    {
        using var aead = new TransportAead(AeadKernelData.Parse(name));
        using var key = SecretKeys.Counting(_arena, 3);
        using var framework = new ChaCha20Poly1305(key.Bytes);
        for (var length = 0; length < 1600; length += length < 600 ? 1 : 37)
            foreach (var count in (int[])[1, 3, 9])
            {
                var packets = Place(count, _ => length, (ulong)length << 20);
                var expected = packets.Select(packet => Sealed(framework, Copy(packet, 0), packet.Counter)).ToList();
                fixed (AeadPacket* p = packets) aead.Seal(key, p, count);
                for (var i = 0; i < count; i++) Assert.True(Copy(packets[i], 16).AsSpan().SequenceEqual(expected[i]), $"length {length}, packet {i} of {count}");
            }
    }

    /// <summary>Every bit of the tag and bits all over the text, with and without good packets beside it.</summary>
    [Theory]
    [MemberData(nameof(AeadKernelData.Supported), MemberType = typeof(AeadKernelData))]
    public void Any_flipped_bit_is_noticed_and_nothing_else_changes(string name)
    {
        using var aead = new TransportAead(AeadKernelData.Parse(name));
        using var key = SecretKeys.Counting(_arena, 5);
        foreach (var (count, length) in ((int, int)[])[(1, 40), (1, 1420), (5, 64), (20, 200), (33, 1420)])
        {
            var packets = Place(count, _ => length, 77);
            var plaintexts = packets.Select(packet => Copy(packet, 16)).ToList();
            fixed (AeadPacket* p = packets) aead.Seal(key, p, count);
            var ciphertexts = packets.Select(packet => Copy(packet, 16)).ToList();
            for (var bit = 0; bit < 160; bit++)
            {
                // The 128 bits of the tag, then some of the text.
                var victim = _random.Next(count);
                var at = bit < 128 ? length + (bit / 8) : _random.Next(length);
                for (var i = 0; i < count; i++) ciphertexts[i].CopyTo(new Span<byte>(packets[i].Data, Room));
                packets[victim].Data[at] ^= (byte)(1 << (bit % 8));
                var forged = Copy(packets[victim], 16);
                fixed (AeadPacket* p = packets) Assert.Equal(count - 1, aead.Open(key, p, count));
                for (var i = 0; i < count; i++)
                {
                    Assert.Equal(i == victim ? 0 : 1, packets[i].Authentic);
                    Assert.True(Copy(packets[i], 16).AsSpan(0, length).SequenceEqual((i == victim ? forged : plaintexts[i]).AsSpan(0, length)), $"packet {i}, bit {bit}");
                }
                Assert.Equal(forged, Copy(packets[victim], 16));
            }
        }
    }

    [Theory]
    [MemberData(nameof(AeadKernelData.Supported), MemberType = typeof(AeadKernelData))]
    public void A_negative_length_among_others_is_not_authentic_and_the_others_are(string name)
    {
        using var aead = new TransportAead(AeadKernelData.Parse(name));
        using var key = SecretKeys.Counting(_arena, 5);
        var packets = Place(12, i => i * 30, 1);
        fixed (AeadPacket* p = packets)
        {
            aead.Seal(key, p, packets.Length);
            packets[4].PlaintextLength = -16;
            packets[4].Authentic = 1;
            Assert.Equal(11, aead.Open(key, p, packets.Length));
            Assert.Equal(0, packets[4].Authentic);
            Assert.Equal(0, aead.Open(key, p, 0));
        }
    }

    /// <summary>More packets than are sorted together, of lengths in no order.</summary>
    [Theory]
    [MemberData(nameof(AeadKernelData.Supported), MemberType = typeof(AeadKernelData))]
    public void A_thousand_packets_at_once(string name)
    {
        const int count = 1000;
        using var aead = new TransportAead(AeadKernelData.Parse(name));
        using var key = SecretKeys.Counting(_arena, 9);
        using var framework = new ChaCha20Poly1305(key.Bytes);
        using var block = new LockedBlock(count * 512);
        var packets = new AeadPacket[count];
        var expected = new byte[count][];
        for (var i = 0; i < count; i++)
        {
            packets[i] = new AeadPacket { Data = block.Pointer + (i * 512), PlaintextLength = _random.Next(496), Counter = (ulong)i };
            _random.NextBytes(new Span<byte>(packets[i].Data, packets[i].PlaintextLength));
            expected[i] = Sealed(framework, Copy(packets[i], 0), (ulong)i);
        }
        fixed (AeadPacket* p = packets)
        {
            aead.Seal(key, p, count);
            for (var i = 0; i < count; i++) Assert.True(Copy(packets[i], 16).AsSpan().SequenceEqual(expected[i]), $"packet {i}");
            Assert.Equal(count, aead.Open(key, p, count));
        }
    }

    [Theory]
    [MemberData(nameof(AeadKernelData.Supported), MemberType = typeof(AeadKernelData))]
    public void Nothing_is_allocated(string name)
    {
        using var aead = new TransportAead(AeadKernelData.Parse(name));
        using var key = SecretKeys.Counting(_arena, 5);
        var packets = Place(40, i => i % 2 == 0 ? 1420 : i * 7, 1);
        var allocated = 0L;
        fixed (AeadPacket* p = packets)
        {
            for (var round = 0; round < 200; round++)
            {
                // The first rounds compile and initialise.
                if (round == 100) allocated = GC.GetAllocatedBytesForCurrentThread();
                aead.Seal(key, p, packets.Length);
                aead.Open(key, p, packets.Length);
                aead.Seal(key, p, 1);
                aead.Open(key, p, 1);
            }
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        }
        Assert.Equal(0, allocated);
    }

    private AeadPacket[] Place(int count, Func<int, int> lengthOf, ulong counter)
    {
        var packets = new AeadPacket[count];
        for (var i = 0; i < count; i++)
        {
            packets[i] = new AeadPacket { Data = _block.Pointer + (i * Room) + (i % 5), PlaintextLength = lengthOf(i), Counter = counter + (ulong)i };
            _random.NextBytes(new Span<byte>(packets[i].Data, packets[i].PlaintextLength));
        }
        return packets;
    }

    private static byte[] Copy(in AeadPacket packet, int tag) => new ReadOnlySpan<byte>(packet.Data, packet.PlaintextLength + tag).ToArray();

    private static byte[] Sealed(ChaCha20Poly1305 framework, byte[] plaintext, ulong counter)
    {
        var nonce = new byte[12];
        BinaryPrimitives.WriteUInt64LittleEndian(nonce.AsSpan(4), counter);
        var text = new byte[plaintext.Length + 16];
        framework.Encrypt(nonce, plaintext, text.AsSpan(0, plaintext.Length), text.AsSpan(plaintext.Length));
        return text;
    }
}
