using BenchmarkDotNet.Attributes;
using PfsVpn.Crypto;

namespace PfsVpn.Benchmarks;

/// <summary>The two operations of Curve25519 that a handshake is made of.</summary>
public class X25519Benchmarks : IDisposable
{
    private readonly SecretArena _arena = SecretArena.Create();
    private readonly SecretKey _private;
    private readonly SecretKey _shared;
    private readonly PublicKey _public;

    public X25519Benchmarks()
    {
        _private = _arena.Allocate();
        _shared = _arena.Allocate();
        X25519.GeneratePrivateKey(_private, SystemRandom.Instance);
        _public = X25519.ComputePublicKey(_private);
    }

    [Benchmark]
    public PublicKey ComputePublicKey() => X25519.ComputePublicKey(_private);

    [Benchmark]
    public bool DeriveSharedSecret() => X25519.TryDeriveSharedSecret(_shared, _private, _public);

    [GlobalCleanup]
    public void Dispose()
    {
        _private.Dispose();
        _shared.Dispose();
        _arena.Dispose();
        GC.SuppressFinalize(this);
    }
}
