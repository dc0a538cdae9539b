using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using PfsVpn.Crypto;

namespace PfsVpn.Benchmarks;

/// <summary>Sealing and opening a batch of packets under one key; the time of one packet.</summary>
public unsafe class TransportAeadBenchmarks : IDisposable
{
    private const int Batch = 44;
    private const int Room = 2048;

    private readonly SecretArena _arena = SecretArena.Create();
    private readonly TransportAead _aead = new();
    private readonly byte* _memory = (byte*)NativeMemory.AllocZeroed(Batch, Room);
    private readonly byte* _sealed = (byte*)NativeMemory.AllocZeroed(Batch, Room);
    private readonly AeadPacket* _packets = (AeadPacket*)NativeMemory.AllocZeroed(Batch, (nuint)sizeof(AeadPacket));
    private SecretKey _key = null!;

    [Params(64, 256, 1420)]
    public int Length { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _key = _arena.Allocate();
        _key.Randomize(SystemRandom.Instance);
        for (var i = 0; i < Batch; i++) _packets[i] = new AeadPacket { Data = _sealed + (i * Room), Counter = (ulong)i, PlaintextLength = Length };
        _aead.Seal(_key, _packets, Batch);
        for (var i = 0; i < Batch; i++) _packets[i].Data = _memory + (i * Room);
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public void Seal() => _aead.Seal(_key, _packets, Batch);

    /// <summary>Opens in place, so each turn first copies the sealed packets back.</summary>
    [Benchmark(OperationsPerInvoke = Batch)]
    public int CopyAndOpen()
    {
        Buffer.MemoryCopy(_sealed, _memory, Batch * Room, Batch * Room);
        var authentic = _aead.Open(_key, _packets, Batch);
        return authentic == Batch ? authentic : throw new InvalidOperationException("A sealed packet did not open.");
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _key?.Dispose();
        _arena.Dispose();
        NativeMemory.Free(_memory);
        NativeMemory.Free(_sealed);
        NativeMemory.Free(_packets);
        GC.SuppressFinalize(this);
    }
}
