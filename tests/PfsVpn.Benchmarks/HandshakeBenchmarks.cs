using BenchmarkDotNet.Attributes;

namespace PfsVpn.Benchmarks;

/// <summary>The handshake: both sides of it, what a responder spends on one, and what on one that it does not answer. X25519Benchmarks has what bounds them.</summary>
[MemoryDiagnoser]
public class HandshakeBenchmarks : IDisposable
{
    private readonly HandshakePair _pair = new();

    [Benchmark]
    public void InitiationAndResponseBothSides() => _pair.BothSides();

    [Benchmark(OperationsPerInvoke = HandshakePair.Prepared)]
    public void ConsumeInitiationAsResponder() => _pair.ConsumePrepared();

    [Benchmark(OperationsPerInvoke = HandshakePair.Prepared)]
    public void ConsumeAndAnswerAsResponder() => _pair.AnswerPrepared();

    [GlobalCleanup]
    public void Dispose()
    {
        _pair.Dispose();
        GC.SuppressFinalize(this);
    }
}
