using System.Runtime.InteropServices;
using System.Security.Cryptography;
using PfsVpn.Crypto;
using PfsVpn.Interop;

namespace PfsVpn.Benchmarks;

/// <summary>A batch of packets of one length under one key, and everyone who can seal and open it.</summary>
/// <remarks>A packet is opened where it was sealed, so an opening is measured as a copy of the sealed packet and its opening; the copy is measured alone, too.</remarks>
internal sealed unsafe class AeadStage : IDisposable
{
    private const int Room = 1664;

    private readonly SecretArena _arena = SecretArena.Create();
    private readonly SecretKey _key;
    private readonly int _count;
    private readonly int _length;
    private readonly byte* _memory;
    private readonly byte* _sealed;
    private readonly AeadPacket* _packets;
    private readonly OpenSslEvp? _openSsl;
    private readonly ChaCha20Poly1305? _framework;
    private readonly Dictionary<AeadKernel, TransportAead> _kernels = [];
    private ulong _counter = 1000;

    public AeadStage(int length, int count)
    {
        (_length, _count) = (length, count);
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)(count * Room), 4096);
        _sealed = (byte*)NativeMemory.AlignedAlloc((nuint)(count * Room), 4096);
        _packets = (AeadPacket*)NativeMemory.AllocZeroed((nuint)count, (nuint)sizeof(AeadPacket));
        _key = _arena.Allocate();
        _key.Randomize(SystemRandom.Instance);
        if (OpenSslEvp.IsAvailable) _openSsl = new OpenSslEvp(_key.Pointer);
        if (ChaCha20Poly1305.IsSupported) _framework = new ChaCha20Poly1305(_key.Bytes);
        foreach (var kernel in AeadKernels.All)
            if (AeadKernels.IsSupported(kernel)) _kernels.Add(kernel, new TransportAead(kernel));
        new Random(1).NextBytes(new Span<byte>(_memory, count * Room));
        Place(_memory, 0);
        _kernels[AeadKernel.Scalar].Seal(_key, _packets, count);
        Buffer.MemoryCopy(_memory, _sealed, count * Room, count * Room);
    }

    /// <summary>The kernels that this machine has.</summary>
    public IReadOnlyDictionary<AeadKernel, TransportAead> Kernels => _kernels;

    public bool HasOpenSsl => _openSsl is not null;

    public void Seal(TransportAead aead)
    {
        Place(_memory, _counter);
        _counter += (ulong)_count;
        aead.Seal(_key, _packets, _count);
    }

    public int CopyAndOpen(TransportAead aead)
    {
        Copy();
        Place(_memory, 0);
        return Checked(aead.Open(_key, _packets, _count));
    }

    public void SealWithOpenSsl()
    {
        for (var i = 0; i < _count; i++) _openSsl!.Seal(_memory + (i * Room), _length, _counter++);
    }

    public int CopyAndOpenWithOpenSsl()
    {
        Copy();
        var opened = 0;
        for (var i = 0; i < _count; i++) opened += _openSsl!.Open(_memory + (i * Room), _length, (ulong)i) ? 1 : 0;
        return Checked(opened);
    }

    public void SealWithSodium()
    {
        var nonce = stackalloc byte[12];
        *(uint*)nonce = 0;
        for (var i = 0; i < _count; i++)
        {
            *(ulong*)(nonce + 4) = _counter++;
            _ = Sodium.crypto_aead_chacha20poly1305_ietf_encrypt(
                _memory + (i * Room), null, _memory + (i * Room), (ulong)_length, null, 0, null, nonce, _key.Pointer);
        }
    }

    public void SealWithFramework()
    {
        Span<byte> nonce = stackalloc byte[12];
        nonce.Clear();
        for (var i = 0; i < _count; i++)
        {
            BitConverter.TryWriteBytes(nonce[4..], _counter++);
            var text = new Span<byte>(_memory + (i * Room), _length);
            _framework!.Encrypt(nonce, text, text, new Span<byte>(_memory + (i * Room) + _length, 16));
        }
    }

    /// <summary>The part of an opening that is not its own.</summary>
    public void Copy()
    {
        for (var i = 0; i < _count; i++) Buffer.MemoryCopy(_sealed + (i * Room), _memory + (i * Room), Room, _length + 16);
    }

    public void Dispose()
    {
        foreach (var kernel in _kernels.Values) kernel.Dispose();
        _openSsl?.Dispose();
        _framework?.Dispose();
        _key.Dispose();
        _arena.Dispose();
        NativeMemory.AlignedFree(_memory);
        NativeMemory.AlignedFree(_sealed);
        NativeMemory.Free(_packets);
    }

    private void Place(byte* memory, ulong counter)
    {
        for (var i = 0; i < _count; i++)
        {
            ref var packet = ref _packets[i];
            packet.Data = memory + (i * Room);
            packet.PlaintextLength = _length;
            packet.Counter = counter + (ulong)i;
        }
    }

    private int Checked(int opened) => opened == _count ? opened : throw new InvalidOperationException("A sealed packet did not open.");
}
