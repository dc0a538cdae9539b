using System.Runtime.InteropServices;
using PfsVpn.Crypto;
using PfsVpn.Device;

namespace PfsVpn.Tests.Runtime;

/// <summary>A run of sealed packets in native memory, some of them forged.</summary>
internal sealed unsafe class SealedRun : IDisposable
{
    private readonly SecretKey _key;
    private readonly TransportAead _aead = new();
    private readonly AeadPacket* _packets;
    private readonly byte* _memory;
    private readonly int _count;
    private readonly int _length;
    private readonly int _stride;
    private int _forgedEvery;

    public SealedRun(SecretKey key, int count, int length)
    {
        (_key, _count, _length, _stride) = (key, count, length, length + 32);
        _memory = (byte*)NativeMemory.Alloc((nuint)count, (nuint)_stride);
        _packets = (AeadPacket*)NativeMemory.Alloc((nuint)count, (nuint)sizeof(AeadPacket));
    }

    /// <summary>Fills and seals all packets; every so many are forged. Returns how many.</summary>
    public int SealAndForge(int round)
    {
        _forgedEvery = 3 + round;
        for (var i = 0; i < _count; i++)
        {
            var text = _memory + (i * _stride);
            new Span<byte>(text, _length).Fill(FillOf(i));
            _packets[i] = new AeadPacket { Data = text, PlaintextLength = _length, Counter = (ulong)i };
        }
        _aead.Seal(_key, _packets, _count);
        var forged = 0;
        for (var i = 0; i < _count; i += _forgedEvery, forged++) _packets[i].Data[i % _length] ^= 1;
        return forged;
    }

    public int Open(IPacketOpener opener) => opener.Open(_key, _packets, _count);

    /// <summary>Those that were not forged are opened, the others are not.</summary>
    public void AssertOpened()
    {
        for (var i = 0; i < _count; i++)
        {
            Assert.Equal(i % _forgedEvery == 0 ? 0 : 1, _packets[i].Authentic);
            var isPlain = !new ReadOnlySpan<byte>(_packets[i].Data, _length).ContainsAnyExcept(FillOf(i));
            Assert.Equal(_packets[i].Authentic != 0, isPlain);
        }
    }

    public void Dispose()
    {
        _aead.Dispose();
        NativeMemory.Free(_memory);
        NativeMemory.Free(_packets);
    }

    /// <summary>Never zero: a text that was erased must not pass for plaintext.</summary>
    private static byte FillOf(int packet) => (byte)((packet % byte.MaxValue) + 1);
}
