using BenchmarkDotNet.Attributes;
using PfsVpn.Packets;
using PfsVpn.Routing;

namespace PfsVpn.Benchmarks;

/// <summary>Look-ups in tables of several sizes, and the building and changing of large ones.</summary>
[MemoryDiagnoser]
public class AllowedIpsBenchmarks
{
    private const int Lookups = 1024;

    private readonly uint[] _v4 = new uint[Lookups];
    private readonly (ulong High, ulong Low)[] _v6 = new (ulong, ulong)[Lookups];
    private readonly object[] _peers = new object[10_000];
    private AllowedIps<object> _table = new();

    /// <summary>Peers, each with one IPv4 and one IPv6 prefix.</summary>
    [Params(1, 100, 10_000)]
    public int Peers { get; set; }

    [GlobalSetup]
    public void Build()
    {
        var random = new Random(7);
        for (var i = 0; i < _peers.Length; i++) _peers[i] = new object();
        _table = new AllowedIps<object>();
        var edit = _table.Begin();
        for (var i = 0; i < Peers; i++) GivePrefixes(edit, i);
        edit.Publish();
        for (var i = 0; i < Lookups; i++)
        {
            var peer = random.Next(Peers);
            _v4[i] = 0x0A00_0000 + (uint)peer;
            _v6[i] = (0x2001_0DB8_0000_0000, (ulong)peer);
        }
    }

    [Benchmark(OperationsPerInvoke = Lookups)]
    public int FindV4()
    {
        var found = 0;
        foreach (var address in _v4)
        {
            if (_table.FindV4(address) is not null) found++;
        }
        return found;
    }

    [Benchmark(OperationsPerInvoke = Lookups)]
    public int FindV6()
    {
        var found = 0;
        foreach (var (high, low) in _v6)
        {
            if (_table.FindV6(high, low) is not null) found++;
        }
        return found;
    }

    /// <summary>One peer goes and comes back: two edits of a table of this size.</summary>
    [Benchmark]
    public void RemoveAndAddOnePeer()
    {
        var edit = _table.Begin();
        edit.RemoveAll(_peers[0]);
        edit.Publish();
        edit = _table.Begin();
        GivePrefixes(edit, 0);
        edit.Publish();
    }

    /// <summary>As many prefixes as wg takes in one go, on one peer.</summary>
    [Benchmark]
    public int Insert130560PrefixesOnOnePeer()
    {
        var table = new AllowedIps<object>();
        var edit = table.Begin();
        for (var i = 0u; i < 130_560; i++) edit.Insert(new IpPrefix(new IpAddress(0x0A00_0000 + (i * 2)), 32), _peers[0]);
        edit.Publish();
        return table.Count;
    }

    private void GivePrefixes(AllowedIps<object>.Edit edit, int peer)
    {
        edit.Insert(new IpPrefix(new IpAddress(0x0A00_0000 + (uint)peer), 32), _peers[peer]);
        edit.Insert(new IpPrefix(new IpAddress(0x2001_0DB8_0000_0000, (ulong)peer), 128), _peers[peer]);
    }
}
