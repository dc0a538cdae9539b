using PfsVpn.Packets;
using PfsVpn.Routing;

namespace PfsVpn.Tests.Routing;

public sealed class AllowedIpsTests
{
    private readonly AllowedIps<string> _table = new();

    [Fact]
    public void An_empty_table_knows_nobody()
    {
        Assert.Null(_table.FindV4(0));
        Assert.Null(_table.FindV4(uint.MaxValue));
        Assert.Null(_table.FindV6(0, 0));
        Assert.Null(_table.Find(default));
        Assert.Empty(_table.PrefixesOf("a"));
        Assert.Equal(0, _table.Count);
    }

    [Theory]
    [InlineData("192.168.4.4", "b")]
    [InlineData("192.168.4.7", "b")]
    [InlineData("192.168.4.8", "a")]
    [InlineData("192.168.200.182", "c")]
    [InlineData("192.95.5.93", "c")]
    [InlineData("10.0.0.1", null)]
    [InlineData("2607:5300:6006:6b::c05f:543", "d")]
    [InlineData("2607:5300:6006:6b::1", "c")]
    [InlineData("2607:5300::1", "f")]
    [InlineData("::1", "e")]
    public void The_longest_prefix_decides(string address, string? peer)
    {
        Insert(
            ("192.168.4.0/24", "a"), ("192.168.4.4/30", "b"), ("192.168.0.0/16", "c"), ("192.95.5.64/27", "c"),
            ("2607:5300:6006:6b::/64", "c"), ("2607:5300:6006:6b::c05f:543/128", "d"), ("::/0", "e"), ("2607:5300::/32", "f"));
        Assert.Equal(peer, _table.Find(Address(address)));
    }

    [Theory]
    [InlineData("0.0.0.0/0", "0.0.0.0", "255.255.255.255")]
    [InlineData("128.0.0.0/1", "128.0.0.0", "255.255.255.255")]
    [InlineData("10.1.2.3/32", "10.1.2.3", "10.1.2.3")]
    [InlineData("255.255.255.255/32", "255.255.255.255", "255.255.255.255")]
    [InlineData("0.0.0.0/32", "0.0.0.0", "0.0.0.0")]
    [InlineData("::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("2001:db8:1:2::/63", "2001:db8:1:2::", "2001:db8:1:3:ffff:ffff:ffff:ffff")]
    [InlineData("2001:db8:1:2::/64", "2001:db8:1:2::", "2001:db8:1:2:ffff:ffff:ffff:ffff")]
    [InlineData("2001:db8:1:2::/65", "2001:db8:1:2::", "2001:db8:1:2:7fff:ffff:ffff:ffff")]
    [InlineData("2001:db8::1/128", "2001:db8::1", "2001:db8::1")]
    [InlineData("::/128", "::", "::")]
    public void A_prefix_holds_its_first_and_last_address_and_no_neighbour(string prefix, string first, string last)
    {
        Insert((prefix, "a"));
        Assert.Equal("a", _table.Find(Address(first)));
        Assert.Equal("a", _table.Find(Address(last)));
        if (Neighbour(Address(first), -1) is { } before) Assert.Null(_table.Find(before));
        if (Neighbour(Address(last), +1) is { } after) Assert.Null(_table.Find(after));
    }

    [Fact]
    public void The_families_do_not_see_each_other()
    {
        Insert(("0.0.0.0/0", "four"));
        Assert.Null(_table.FindV6(0, 0));
        Insert(("::/0", "six"));
        Assert.Equal("four", _table.FindV4(1));
        Assert.Equal("six", _table.FindV6(0, 1));
    }

    [Fact]
    public void The_same_prefix_moves_to_the_peer_that_was_given_it_last()
    {
        Insert(("10.0.0.0/8", "a"), ("10.0.0.0/8", "b"));
        Assert.Equal("b", _table.FindV4(0x0A000001));
        Assert.Empty(_table.PrefixesOf("a"));
        Assert.Equal("10.0.0.0/8", Prefixes("b"));
        Assert.Equal(1, _table.Count);
    }

    [Fact]
    public void A_more_specific_prefix_takes_over_only_its_part()
    {
        Insert(("10.0.0.0/8", "a"));
        Insert(("10.1.0.0/16", "b"));
        Assert.Equal("b", _table.Find(Address("10.1.0.0")));
        Assert.Equal("a", _table.Find(Address("10.2.0.0")));
        Assert.Equal("10.0.0.0/8", Prefixes("a"));
    }

    [Fact]
    public void A_fork_between_two_prefixes_belongs_to_whoever_has_the_shorter_one()
    {
        Insert(("10.0.0.0/8", "a"), ("10.1.0.0/32", "b"), ("10.1.0.3/32", "b"), ("2001:db8::/32", "c"), ("2001:db8::/128", "d"), ("2001:db8::3/128", "d"));
        Assert.Equal("a", _table.Find(Address("10.1.0.1")));
        Assert.Equal("c", _table.Find(Address("2001:db8::1")));
    }

    [Fact]
    public void Prefixes_are_listed_in_the_order_of_insertion_whatever_their_family()
    {
        Insert(("10.2.0.0/16", "a"), ("2001:db8::/32", "a"), ("10.1.0.0/16", "a"), ("0.0.0.0/0", "b"), ("10.2.3.0/24", "a"));
        Assert.Equal("10.2.0.0/16 2001:db8::/32 10.1.0.0/16 10.2.3.0/24", Prefixes("a"));
        Insert(("2001:db8::/32", "a"));
        Assert.Equal("10.2.0.0/16 10.1.0.0/16 10.2.3.0/24 2001:db8::/32", Prefixes("a"));
    }

    [Fact]
    public void A_prefix_is_removed_only_from_the_peer_that_has_it()
    {
        Insert(("10.0.0.0/8", "a"), ("10.1.0.0/16", "b"));
        var edit = _table.Begin();
        edit.Remove(Prefix("10.0.0.0/8"), "b");
        edit.Remove(Prefix("10.0.0.0/9"), "a");
        edit.Remove(Prefix("11.0.0.0/8"), "a");
        edit.Remove(Prefix("10.0.0.0/8"), "nobody");
        edit.Publish();
        Assert.Equal(2, _table.Count);

        edit = _table.Begin();
        edit.Remove(Prefix("10.0.0.0/8"), "a");
        edit.Publish();
        Assert.Null(_table.Find(Address("10.2.0.0")));
        Assert.Equal("b", _table.Find(Address("10.1.0.0")));
    }

    [Fact]
    public void Removing_a_peer_leaves_the_prefixes_of_the_others()
    {
        Insert(("10.0.0.0/8", "a"), ("10.1.0.0/16", "b"), ("10.1.1.0/24", "a"), ("2001:db8::/32", "a"), ("::/0", "b"));
        var edit = _table.Begin();
        edit.RemoveAll("a");
        edit.RemoveAll("nobody");
        edit.Publish();
        Assert.Equal("b", _table.Find(Address("10.1.1.1")));
        Assert.Null(_table.Find(Address("10.2.0.0")));
        Assert.Equal("b", _table.Find(Address("2001:db8::1")));
        Assert.Empty(_table.PrefixesOf("a"));
        Assert.Equal("10.1.0.0/16 ::/0", Prefixes("b"));
    }

    [Fact]
    public void All_prefixes_of_a_peer_can_be_replaced_in_one_edit()
    {
        Insert(("10.0.0.0/8", "a"), ("10.1.0.0/16", "b"));
        var edit = _table.Begin();
        edit.RemoveAll("a");
        edit.Insert(Prefix("11.0.0.0/8"), "a");
        edit.Publish();
        Assert.Equal("11.0.0.0/8", Prefixes("a"));
        Assert.Equal("a", _table.Find(Address("11.0.0.1")));
        Assert.Null(_table.Find(Address("10.0.0.1")));
    }

    [Fact]
    public void Nothing_is_seen_of_an_edit_before_it_is_published_or_when_it_is_dropped()
    {
        Insert(("10.0.0.0/8", "a"));
        var dropped = _table.Begin();
        dropped.RemoveAll("a");
        dropped.Insert(Prefix("10.0.0.0/8"), "b");
        dropped.Insert(Prefix("::/0"), "c");
        Assert.Equal("a", _table.FindV4(0x0A000001));
        Assert.Null(_table.FindV6(0, 0));
        Assert.Equal("10.0.0.0/8", Prefixes("a"));
        Assert.Empty(_table.PrefixesOf("b"));

        Insert(("11.0.0.0/8", "c"));
        Assert.Equal("a", _table.FindV4(0x0A000001));
        Assert.Equal("11.0.0.0/8", Prefixes("c"));
    }

    [Fact]
    public void A_listing_under_way_does_not_change()
    {
        Insert(("10.0.0.0/8", "a"), ("11.0.0.0/8", "a"));
        using var listing = _table.PrefixesOf("a").GetEnumerator();
        Assert.True(listing.MoveNext());
        var edit = _table.Begin();
        edit.RemoveAll("a");
        edit.Publish();
        Assert.True(listing.MoveNext());
        Assert.Equal(Prefix("11.0.0.0/8"), listing.Current);
        Assert.False(listing.MoveNext());
    }

    [Fact]
    public void A_second_writer_is_told_so()
    {
        var first = _table.Begin();
        var second = _table.Begin();
        first.Insert(Prefix("10.0.0.0/8"), "a");
        second.Insert(Prefix("11.0.0.0/8"), "b");
        first.Publish();
        Assert.Throws<InvalidOperationException>(second.Publish);
        Assert.Throws<ObjectDisposedException>(first.Publish);
        Assert.Throws<ObjectDisposedException>(() => first.Insert(Prefix("11.0.0.0/8"), "b"));
        Assert.Equal("a", _table.FindV4(0x0A000001));
        Assert.Empty(_table.PrefixesOf("b"));
    }

    [Fact]
    public void A_prefix_without_an_address_is_refused() =>
        Assert.Throws<ArgumentException>(() => _table.Begin().Insert(default, "a"));

    [Fact]
    public void Places_that_fell_free_are_used_again()
    {
        Insert(("10.255.0.0/16", "keep"));
        string[] peers = ["p0", "p1", "p2", "p3", "p4", "p5", "p6"];
        var highest = 0;
        for (var round = 0; round < 50; round++)
        {
            var edit = _table.Begin();
            for (var i = 0u; i < 300; i++) edit.Insert(new IpPrefix(new IpAddress(i * 0x10001u), 32), peers[i % 7]);
            edit.Publish();
            if (round == 0) highest = _table.Published.NodeCount;
            Assert.InRange(_table.Published.NodeCount, 1, highest);
            Assert.InRange(_table.Published.SlotCount, 1, 9);
            edit = _table.Begin();
            foreach (var peer in peers) edit.RemoveAll(peer);
            edit.Publish();
        }
        Assert.Equal(1, _table.Count);
    }

    [Fact]
    public void Many_prefixes_and_many_peers_are_found_again()
    {
        var edit = _table.Begin();
        for (var i = 0u; i < 130_560; i++) edit.Insert(new IpPrefix(new IpAddress(0x0A000000u + (i * 7)), 32), "large");
        for (var i = 0u; i < 10_000; i++)
        {
            var peer = "p" + i;
            edit.Insert(new IpPrefix(new IpAddress(0xC0000000u + (i << 4)), 28), peer);
            edit.Insert(new IpPrefix(new IpAddress(0x20010DB800000000UL + i, 0), 64), peer);
        }
        edit.Publish();
        Assert.Equal(150_560, _table.Count);
        for (var i = 0u; i < 130_560; i++) Assert.Equal("large", _table.FindV4(0x0A000000u + (i * 7)));
        for (var i = 0u; i < 10_000; i++)
        {
            Assert.Equal("p" + i, _table.FindV4(0xC000000Fu + (i << 4)));
            Assert.Equal("p" + i, _table.FindV6(0x20010DB800000000UL + i, ulong.MaxValue));
        }

        edit = _table.Begin();
        edit.RemoveAll("large");
        edit.Publish();
        Assert.Null(_table.FindV4(0x0A000000));
        Assert.Equal(20_000, _table.Count);
    }

    private void Insert(params ReadOnlySpan<(string Prefix, string Peer)> entries)
    {
        var edit = _table.Begin();
        foreach (var (prefix, peer) in entries) edit.Insert(Prefix(prefix), peer);
        edit.Publish();
    }

    private string Prefixes(string peer) => string.Join(' ', _table.PrefixesOf(peer));

    private static IpAddress Address(string text)
    {
        Assert.True(IpAddress.TryParse(text, out var address));
        return address;
    }

    private static IpPrefix Prefix(string text)
    {
        var slash = text.IndexOf('/');
        return new IpPrefix(Address(text[..slash]), int.Parse(text.AsSpan(slash + 1), System.Globalization.CultureInfo.InvariantCulture));
    }

    private static IpAddress? Neighbour(IpAddress address, int step)
    {
        if (address.IsV4)
        {
            var moved = address.V4 + (long)step;
            return moved is < 0 or > uint.MaxValue ? null : new IpAddress((uint)moved);
        }
        var value = new UInt128(address.High, address.Low);
        if (step < 0 ? value == UInt128.MinValue : value == UInt128.MaxValue) return null;
        value = step < 0 ? value - 1 : value + 1;
        return new IpAddress((ulong)(value >> 64), (ulong)value);
    }
}
