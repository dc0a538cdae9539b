using BenchmarkDotNet.Attributes;
using PfsVpn.Packets;

namespace PfsVpn.Benchmarks;

/// <summary>The Internet checksum over a header, a packet and a super-packet.</summary>
public class InternetChecksumBenchmarks
{
    private byte[] _bytes = [];

    [Params(20, 1420, 65_000)]
    public int Length { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        _bytes = new byte[Length];
        new Random(1).NextBytes(_bytes);
    }

    [Benchmark]
    public ushort Compute() => InternetChecksum.Compute(_bytes);
}
