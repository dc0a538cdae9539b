using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using PfsVpn.Crypto;
using PfsVpn.Interop;

namespace PfsVpn.Tests.Crypto;

/// <summary>Random batches through one kernel, each packet compared with libsodium or the class of the framework; some are forged on the way to opening.</summary>
internal sealed unsafe class AeadComparison : IDisposable
{
    public const int MaxPackets = 80;
    private const int Gap = 64;
    private const byte Filler = 0xA5;

    private readonly SecretArena _arena = SecretArena.Create();
    private readonly TransportAead _aead;
    private readonly Random _random;
    private readonly AeadPacket[] _packets = GC.AllocateArray<AeadPacket>(MaxPackets, pinned: true);
    private readonly byte* _memory = (byte*)NativeMemory.Alloc(RoomInBytes);
    private readonly byte* _plaintexts = (byte*)NativeMemory.Alloc(RoomInBytes);
    private readonly byte* _expected = (byte*)NativeMemory.Alloc(RoomInBytes);

    public AeadComparison(AeadKernel kernel, int seed)
    {
        _aead = new TransportAead(kernel);
        _random = new Random(seed);
    }

    private const uint RoomInBytes = (MaxPackets * (Gap + 16 + 400)) + 400_000;

    public void Dispose()
    {
        _aead.Dispose();
        _arena.Dispose();
        NativeMemory.Free(_memory);
        NativeMemory.Free(_plaintexts);
        NativeMemory.Free(_expected);
    }

    /// <summary>Seals, compares, forges some, opens, compares: at least <paramref name="packets"/> packets in all.</summary>
    public void Run(int packets)
    {
        for (var done = 0; done < packets;)
        {
            using var key = _arena.Allocate();
            var bytes = new byte[32];
            _random.NextBytes(bytes);
            bytes.CopyTo(key.Bytes);
            using var framework = ChaCha20Poly1305.IsSupported ? new ChaCha20Poly1305(bytes) : null;
            for (var batch = 0; batch < 16; batch++)
            {
                var count = Compose();
                fixed (AeadPacket* p = _packets)
                {
                    _aead.Seal(key, p, count);
                    for (var i = 0; i < count; i++) CheckSealed(key, framework, i);
                    Open(key, p, count);
                }
                done += count;
            }
        }
    }

    /// <summary>A batch of one of the shapes that occur, filled with random text, with something recognisable between packets.</summary>
    private int Compose()
    {
        var count = _random.Next(4) switch { 0 => 1, 1 => _random.Next(2, 9), 2 => _random.Next(9, 50), _ => _random.Next(1, MaxPackets + 1) };
        var shape = _random.Next(8);
        var length = LogUniform(shape == 7 ? 65_535 : shape == 6 ? 4000 : 256);
        var used = _random.Next(64);
        new Span<byte>(_memory, used).Fill(Filler);
        for (var i = 0; i < count; i++)
        {
            var own = shape switch
            {
                0 or 1 => i == count - 1 ? LogUniform(length) : length,
                2 => i % 2 == 0 ? length : LogUniform(length),
                _ => LogUniform(Math.Max(length, 16)),
            };
            if (used + own + Gap + 16 > RoomInBytes) count = i;
            if (count == i) break;
            new Span<byte>(_memory + used, Gap / 2).Fill(Filler);
            var text = _memory + used + (Gap / 2);
            _random.NextBytes(new Span<byte>(text, own));
            Buffer.MemoryCopy(text, _plaintexts + used + (Gap / 2), own, own);
            _packets[i] = new AeadPacket { Data = text, PlaintextLength = own, Counter = Counter(), Authentic = _random.Next(2) };
            used += own + 16 + (Gap / 2) + _random.Next(17);
            new Span<byte>(text + own, used - (int)(text - _memory) - own + (Gap / 2)).Fill(Filler);
        }
        return count;
    }

    private ulong Counter() => _random.Next(4) switch
    {
        0 => (ulong)_random.NextInt64(),
        1 => uint.MaxValue - 2UL + (ulong)_random.Next(5),
        2 => ulong.MaxValue - (ulong)_random.Next(5),
        _ => (ulong)_random.Next(1000),
    };

    /// <summary>0 to <paramref name="limit"/>, each order of magnitude equally likely.</summary>
    private int LogUniform(int limit) => Math.Min(limit, (int)Math.Exp(_random.NextDouble() * Math.Log(limit + 2)) - 1);

    private void CheckSealed(SecretKey key, ChaCha20Poly1305? framework, int index)
    {
        ref var packet = ref _packets[index];
        var length = packet.PlaintextLength;
        var plaintext = _plaintexts + (packet.Data - _memory);
        var expected = _expected + (packet.Data - _memory);
        var nonce = stackalloc byte[12];
        *(uint*)nonce = 0;
        BinaryPrimitives.WriteUInt64LittleEndian(new Span<byte>(nonce + 4, 8), packet.Counter);
        // The framework's class costs a microsecond more, so it has every fourth packet.
        if (framework is not null && index % 4 == 3)
            framework.Encrypt(new ReadOnlySpan<byte>(nonce, 12), new(plaintext, length), new(expected, length), new(expected + length, 16));
        else _ = Sodium.crypto_aead_chacha20poly1305_ietf_encrypt(expected, null, plaintext, (ulong)length, null, 0, null, nonce, key.Pointer);
        Assert.True(
            new ReadOnlySpan<byte>(packet.Data, length + 16).SequenceEqual(new(expected, length + 16)), $"packet {index} of {length} bytes was sealed wrongly");
        CheckSurroundings(index, "sealing");
    }

    /// <summary>Not a byte before the text or behind the tag is changed.</summary>
    private void CheckSurroundings(int index, string after)
    {
        ref var packet = ref _packets[index];
        for (var at = 1; at <= 16; at++)
        {
            Assert.True(packet.Data[-at] == Filler, $"{after} changed the byte {at} before packet {index}");
            Assert.True(packet.Data[packet.PlaintextLength + 15 + at] == Filler, $"{after} changed the byte {at} behind packet {index}");
        }
    }

    private void Open(SecretKey key, AeadPacket* packets, int count)
    {
        var forged = 0;
        Span<bool> isForged = stackalloc bool[count];
        for (var i = 0; i < count; i++)
        {
            isForged[i] = _random.Next(4) == 0;
            if (!isForged[i]) continue;
            forged++;
            var at = _random.Next(packets[i].PlaintextLength + 16);
            var bit = (byte)(1 << _random.Next(8));
            packets[i].Data[at] ^= bit;
            _expected[packets[i].Data - _memory + at] ^= bit;
        }
        Assert.Equal(count - forged, _aead.Open(key, packets, count));
        for (var i = 0; i < count; i++)
        {
            var length = packets[i].PlaintextLength;
            var offset = packets[i].Data - _memory;
            Assert.Equal(isForged[i] ? 0 : 1, packets[i].Authentic);
            // What is forged stays as it came; what is right is opened; its tag stays.
            var text = isForged[i] ? _expected + offset : _plaintexts + offset;
            Assert.True(new ReadOnlySpan<byte>(packets[i].Data, length).SequenceEqual(new(text, length)), $"packet {i} of {length} bytes, forged: {isForged[i]}");
            Assert.True(new ReadOnlySpan<byte>(packets[i].Data + length, 16).SequenceEqual(new(_expected + offset + length, 16)), "a tag was changed");
            CheckSurroundings(i, "opening");
        }
    }
}
