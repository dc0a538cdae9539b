using System.Buffers.Binary;
using System.Security.Cryptography;
using PfsVpn.Crypto;

namespace PfsVpn.Tests.Crypto;

public sealed unsafe class TransportAeadTests : IDisposable
{
    private const int Stride = 2048;
    private const int Count = 44;

    private readonly SecretArena _arena = SecretArena.Create();
    private readonly LockedBlock _block = new(Stride * Count);
    private readonly AeadPacket[] _packets = new AeadPacket[Count];
    private readonly TransportAead _aead = new();
    private readonly Random _random = new(8439);

    public void Dispose()
    {
        _aead.Dispose();
        _block.Dispose();
        _arena.Dispose();
    }

    [Fact]
    public void A_batch_agrees_with_the_class_of_the_framework()
    {
        for (var round = 0; round < 20; round++)
        {
            using var key = SecretKeys.Counting(_arena, (byte)round);
            using var framework = new ChaCha20Poly1305(key.Bytes);
            var plaintexts = Fill();
            Seal(key);
            for (var i = 0; i < Count; i++) Assert.Equal(Expected(framework, plaintexts[i], _packets[i].Counter), Text(i, TransportAead.TagSizeInBytes));

            Assert.Equal(Count, Open(key));
            for (var i = 0; i < Count; i++)
            {
                Assert.Equal(1, _packets[i].Authentic);
                Assert.Equal(plaintexts[i], Text(i, 0));
            }
        }
    }

    [Fact]
    public void A_packet_without_text_is_its_tag()
    {
        using var key = SecretKeys.Counting(_arena, 1);
        using var framework = new ChaCha20Poly1305(key.Bytes);
        _packets[0] = new AeadPacket { Data = _block.Pointer, Counter = 3, PlaintextLength = 0 };
        Seal(key, 1);
        Assert.Equal(Expected(framework, [], 3), Text(0, TransportAead.TagSizeInBytes));
        Assert.Equal(1, Open(key, 1));
    }

    [Fact]
    public void Forged_packets_are_refused_one_by_one_and_show_no_plaintext()
    {
        using var key = SecretKeys.Counting(_arena, 7);
        var plaintexts = Fill(atLeast: 16);
        Seal(key);
        for (var i = 0; i < Count; i += 3)
        {
            var sealedLength = _packets[i].PlaintextLength + TransportAead.TagSizeInBytes;
            if (i % 2 == 0) _packets[i].Data[_random.Next(sealedLength)] ^= (byte)(1 << _random.Next(8));
            else _packets[i].Counter ^= 1;
        }

        Assert.Equal(Count - ((Count + 2) / 3), Open(key));

        for (var i = 0; i < Count; i++)
        {
            Assert.Equal(i % 3 == 0 ? 0 : 1, _packets[i].Authentic);
            if (i % 3 != 0) Assert.Equal(plaintexts[i], Text(i, 0));
            // No stretch of 8 bytes of the plaintext is left in the place where it would be.
            else for (var at = 0; at + 8 <= plaintexts[i].Length; at++) Assert.False(Text(i, 0).AsSpan(at, 8).SequenceEqual(plaintexts[i].AsSpan(at, 8)));
        }
    }

    [Fact]
    public void Another_key_opens_nothing()
    {
        using var key = SecretKeys.Counting(_arena, 7);
        using var other = SecretKeys.Counting(_arena, 8);
        Fill();
        Seal(key);
        Assert.Equal(0, Open(other));
        Assert.All(_packets, static packet => Assert.Equal(0, packet.Authentic));
    }

    [Fact]
    public void A_negative_length_is_not_authentic_and_is_never_sealed()
    {
        using var key = SecretKeys.Counting(_arena, 7);
        _packets[0] = new AeadPacket { Data = _block.Pointer, PlaintextLength = -1, Authentic = 1 };
        Assert.Equal(0, Open(key, 1));
        Assert.Equal(0, _packets[0].Authentic);
        Assert.Throws<ArgumentOutOfRangeException>(() => Seal(key, 1));
    }

    [Fact]
    public void Nothing_is_sealed_or_opened_with_a_key_that_was_erased()
    {
        Fill();
        var key = _arena.Allocate();
        key.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Seal(key));
        Assert.Throws<ObjectDisposedException>(() => Open(key));

        using var alive = SecretKeys.Counting(_arena, 7);
        _arena.EraseAll();
        Assert.Throws<ObjectDisposedException>(() => Seal(alive));
    }

    private void Seal(SecretKey key, int count = Count)
    {
        fixed (AeadPacket* packets = _packets) _aead.Seal(key, packets, count);
    }

    private int Open(SecretKey key, int count = Count)
    {
        fixed (AeadPacket* packets = _packets) return _aead.Open(key, packets, count);
    }

    private byte[][] Fill(int atLeast = 0)
    {
        var plaintexts = new byte[Count][];
        for (var i = 0; i < Count; i++)
        {
            plaintexts[i] = new byte[_random.Next(atLeast, Stride - TransportAead.TagSizeInBytes)];
            _random.NextBytes(plaintexts[i]);
            _packets[i] = new AeadPacket
            {
                Data = _block.Pointer + (i * Stride),
                Counter = i == 0 ? ulong.MaxValue : (ulong)_random.NextInt64(),
                PlaintextLength = plaintexts[i].Length,
            };
            plaintexts[i].CopyTo(new Span<byte>(_packets[i].Data, Stride));
        }
        return plaintexts;
    }

    private byte[] Text(int index, int tag) => new ReadOnlySpan<byte>(_packets[index].Data, _packets[index].PlaintextLength + tag).ToArray();

    private static byte[] Expected(ChaCha20Poly1305 framework, byte[] plaintext, ulong counter)
    {
        var nonce = new byte[12];
        BinaryPrimitives.WriteUInt64LittleEndian(nonce.AsSpan(4), counter);
        var text = new byte[plaintext.Length + 16];
        framework.Encrypt(nonce, plaintext, text.AsSpan(0, plaintext.Length), text.AsSpan(plaintext.Length));
        return text;
    }
}
