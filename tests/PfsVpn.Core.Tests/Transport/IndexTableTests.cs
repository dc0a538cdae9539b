using PfsVpn.Crypto;
using PfsVpn.Transport;

namespace PfsVpn.Tests.Transport;

public sealed class IndexTableTests
{
    private readonly IndexTable<string> _table = new();

    [Fact]
    public void An_index_is_found_until_it_is_removed()
    {
        var index = _table.Add("a", SystemRandom.Instance);
        Assert.NotEqual(0u, index);
        Assert.Equal("a", _table.Find(index));
        Assert.Null(_table.Find(index + 1));
        Assert.Null(_table.Find(index ^ 0x8000_0000));
        Assert.True(_table.Remove(index, "a"));
        Assert.Null(_table.Find(index));
        Assert.False(_table.Remove(index, "a"));
        Assert.Equal(0, _table.Count);
    }

    [Fact]
    public void Zero_and_indices_in_use_are_never_given()
    {
        var random = new ScriptedRandom(7, 0, 7, 7, 0, 23);
        Assert.Equal(7u, _table.Add("a", random));
        Assert.Equal(23u, _table.Add("b", random));
        Assert.Equal(6, random.Given);
        Assert.Null(_table.Find(0));
    }

    [Fact]
    public void A_handshake_hands_its_index_to_its_keypair_and_nobody_else_does()
    {
        var handshake = new string('h', 1);
        var equalButOther = new string('h', 1);
        var index = _table.Add(handshake, SystemRandom.Instance);
        Assert.False(_table.Replace(index, equalButOther, "keypair"));
        Assert.False(_table.Replace(index + 1, handshake, "keypair"));
        Assert.True(_table.Replace(index, handshake, "keypair"));
        Assert.Equal("keypair", _table.Find(index));
        Assert.False(_table.Remove(index, handshake));
        Assert.True(_table.Remove(index, "keypair"));
    }

    [Fact]
    public void Indices_of_one_bucket_do_not_disturb_each_other()
    {
        // The low four bits choose among the 16 buckets of a small table.
        uint[] indices = [0x10, 0x20, 0x30, 0x40];
        var random = new ScriptedRandom(indices);
        foreach (var _ in indices) _table.Add("v" + random.Given, random);
        Assert.True(Remove(0x20));
        Assert.Equal(["v0", "", "v2", "v3"], indices.Select(index => _table.Find(index) ?? ""), StringComparer.Ordinal);
        Assert.True(Remove(0x40));
        Assert.True(Remove(0x10));
        Assert.Equal("v2", _table.Find(0x30));
    }

    [Fact]
    public void It_grows_and_shrinks_and_keeps_every_entry()
    {
        var indices = new Dictionary<uint, string>();
        for (var i = 0; i < 5000; i++)
        {
            var value = "v" + i;
            indices.Add(_table.Add(value, SystemRandom.Instance), value);
        }
        Assert.Equal(5000, _table.Count);
        foreach (var (index, value) in indices) Assert.Same(value, _table.Find(index));
        foreach (var (index, value) in indices.Skip(3).ToList())
        {
            Assert.True(_table.Remove(index, value));
            Assert.Null(_table.Find(index));
        }
        foreach (var (index, value) in indices.Take(3)) Assert.Same(value, _table.Find(index));
        Assert.Equal(3, _table.Count);
    }

    [Fact]
    public async Task Readers_find_every_entry_that_stays_while_others_come_and_go()
    {
        var stays = Enumerable.Range(0, 64).ToDictionary(i => _table.Add("s" + i, SystemRandom.Instance), i => "s" + i);
        using var stop = new CancellationTokenSource();
        var reader = Task.Run(() =>
        {
            var missed = 0;
            do missed += stays.Count(entry => !string.Equals(_table.Find(entry.Key), entry.Value, StringComparison.Ordinal));
            while (!stop.IsCancellationRequested);
            return missed;
        });
        for (var round = 0; round < 20; round++)
        {
            var comes = Enumerable.Range(0, 1000).Select(i => (Value: "c" + i, Index: 0u)).ToArray();
            for (var i = 0; i < comes.Length; i++) comes[i].Index = _table.Add(comes[i].Value, SystemRandom.Instance);
            foreach (var (value, index) in comes) Assert.True(_table.Remove(index, value));
        }
        await stop.CancelAsync();
        Assert.Equal(0, await reader);
    }

    private bool Remove(uint index) => _table.Find(index) is { } value && _table.Remove(index, value);
}
