using BenchmarkDotNet.Attributes;
using PfsVpn.Crypto;

namespace PfsVpn.Benchmarks;

/// <summary>Sealing and opening under one key: the kernels, libsodium, the class of the framework and OpenSSL. The time is that of the whole batch.</summary>
/// <remarks>Opening is in place, so each turn first copies the sealed packets back; <see cref="CopyAlone"/> is what to subtract.</remarks>
public class TransportAeadBenchmarks : IDisposable
{
    private AeadStage _stage = null!;
    private TransportAead _aead = null!;

    [Params(64, 256, 1420)]
    public int Length { get; set; }

    [Params(1, 45)]
    public int Packets { get; set; }

    /// <summary>The names of the kernels that this machine has.</summary>
    public static IEnumerable<string> Kernels => AeadKernels.All.ToArray().Where(AeadKernels.IsSupported).Select(AeadKernels.NameOf);

    [GlobalSetup]
    public void Prepare() => _stage = new AeadStage(Length, Packets);

    [Benchmark(Baseline = true)]
    public void SealWithOpenSsl() => _stage.SealWithOpenSsl();

    [Benchmark]
    public int CopyAndOpenWithOpenSsl() => _stage.CopyAndOpenWithOpenSsl();

    [Benchmark]
    public void SealWithLibsodium() => _stage.SealWithSodium();

    [Benchmark]
    public void SealWithFramework() => _stage.SealWithFramework();

    [Benchmark]
    public void CopyAlone() => _stage.Copy();

    [Benchmark, ArgumentsSource(nameof(Kernels))]
    public void Seal(string kernel) => _stage.Seal(Aead(kernel));

    [Benchmark, ArgumentsSource(nameof(Kernels))]
    public int CopyAndOpen(string kernel) => _stage.CopyAndOpen(Aead(kernel));

    [GlobalCleanup]
    public void Dispose()
    {
        _stage?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Looked up in the first turn only.</summary>
    private TransportAead Aead(string kernel) => _aead ??= _stage.Kernels.First(pair => AeadKernels.NameOf(pair.Key) == kernel).Value;
}
