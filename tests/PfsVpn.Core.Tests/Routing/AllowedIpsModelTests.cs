using FsCheck;
using FsCheck.Fluent;
using PfsVpn.Packets;
using PfsVpn.Routing;

namespace PfsVpn.Tests.Routing;

/// <summary>AllowedIps against a list that is searched from end to end, over random edits.</summary>
public sealed class AllowedIpsModelTests
{
    private static readonly string[] Names = ["a", "b", "c", "d"];

    // Few distinct bits, at the places where a trie could go wrong, so that prefixes nest, collide and fork everywhere.
    private static readonly Gen<IpAddress> Addresses =
        from bits in Gen.Choose(0, 255)
        from v4 in Gen.Elements(true, false)
        select v4
            ? new IpAddress(Spread(bits, [0, 1, 7, 8, 15, 23, 30, 31], 31))
            : new IpAddress((ulong)Spread(bits, [0, 1, 31], 31) << 32 | Spread(bits >> 3, [0, 31], 31), (ulong)Spread(bits >> 5, [0, 1], 31) << 32 | Spread(bits >> 7, [31], 31));

    private static readonly Gen<IpPrefix> Prefixes =
        from address in Addresses
        from length in Gen.Choose(0, 128)
        select new IpPrefix(address, address.IsV4 ? length / 4 : length);

    private static readonly Gen<Operation> Operations =
        from kind in Gen.Frequency((6, Gen.Constant(Kind.Insert)), (3, Gen.Constant(Kind.Remove)), (1, Gen.Constant(Kind.RemoveAll)),
            (2, Gen.Constant(Kind.Publish)), (1, Gen.Constant(Kind.Drop)))
        from prefix in Prefixes
        from peer in Gen.Elements(Names)
        select new Operation(kind, prefix, peer);

    [Fact]
    public void Every_lookup_and_listing_is_that_of_the_model()
    {
        var property = Prop.ForAll(Operations.ListOf().ToArbitrary(), operations => Behave(operations));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300).WithEndSize(120), property);
    }

    private static bool Behave(IEnumerable<Operation> operations)
    {
        var table = new AllowedIps<string>();
        var model = new LinearAllowedIps<string>();
        var (edit, edited) = (table.Begin(), model.Copy());
        foreach (var (kind, prefix, peer) in operations)
        {
            switch (kind)
            {
                case Kind.Insert:
                    edit.Insert(prefix, peer);
                    edited.Insert(prefix, peer);
                    break;
                case Kind.Remove:
                    // Half of the random prefixes would miss: take one that exists where there is one.
                    var target = edited.PrefixesOf(peer).Cast<IpPrefix?>().FirstOrDefault() ?? prefix;
                    if ((prefix.Length & 1) == 0) target = prefix;
                    edit.Remove(target, peer);
                    edited.Remove(target, peer);
                    break;
                case Kind.RemoveAll:
                    edit.RemoveAll(peer);
                    edited.RemoveAll(peer);
                    break;
                case Kind.Publish:
                    edit.Publish();
                    model = edited;
                    (edit, edited) = (table.Begin(), model.Copy());
                    break;
                case Kind.Drop:
                    (edit, edited) = (table.Begin(), model.Copy());
                    break;
            }
            if (!Agree(table, model)) return false;
        }
        edit.Publish();
        return Agree(table, edited);
    }

    private static bool Agree(AllowedIps<string> table, LinearAllowedIps<string> model)
    {
        if (table.Count != model.Count || !TrieIsSound(table.Published)) return false;
        foreach (var name in Names)
        {
            if (!table.PrefixesOf(name).SequenceEqual(model.PrefixesOf(name))) return false;
            foreach (var prefix in model.PrefixesOf(name))
            {
                if (table.Find(prefix.Address) != model.Find(prefix.Address)) return false;
                var last = LastOf(prefix);
                if (table.Find(last) != model.Find(last)) return false;
            }
        }
        // Every corner of the generated space, both families.
        for (var bits = 0; bits < 256; bits += 5)
        {
            var v4 = new IpAddress(Spread(bits, [0, 1, 7, 8, 15, 23, 30, 31], 31));
            if (table.Find(v4) != model.Find(v4)) return false;
        }
        return true;
    }

    /// <summary>Forks have two children, children extend their parents, and no node is both in use and free or neither.</summary>
    private static bool TrieIsSound(AllowedIpsSnapshot<string> snapshot)
    {
        var seen = new HashSet<int>();
        var sound = true;
        Walk(snapshot.RootV4);
        Walk(snapshot.RootV6);
        for (var free = snapshot.FreeNode; free != 0; free = AllowedIpsSnapshot<string>.Node(snapshot.Nodes, free).Next) sound &= seen.Add(free);
        return sound && seen.Count == Math.Max(0, snapshot.NodeCount - 1);

        void Walk(int index)
        {
            if (index == 0) return;
            sound &= seen.Add(index);
            var node = AllowedIpsSnapshot<string>.Node(snapshot.Nodes, index);
            sound &= node.Slot != 0 || (node.Children[0] != 0 && node.Children[1] != 0);
            for (var side = 0; side < 2; side++)
            {
                if (node.Children[side] == 0) continue;
                var child = AllowedIpsSnapshot<string>.Node(snapshot.Nodes, node.Children[side]);
                sound &= child.Length > node.Length && node.Matches(child.High, child.Low) && TrieNode.Bit(child.High, child.Low, node.Length) == side;
                Walk(node.Children[side]);
            }
        }
    }

    private static IpAddress LastOf(IpPrefix prefix)
    {
        if (prefix.Address.IsV4) return new IpAddress(prefix.Address.V4 | (uint)((ulong)uint.MaxValue >> prefix.Length));
        var hosts = prefix.Length == 0 ? UInt128.MaxValue : prefix.Length == 128 ? 0 : UInt128.MaxValue >> prefix.Length;
        var value = new UInt128(prefix.Address.High, prefix.Address.Low) | hosts;
        return new IpAddress((ulong)(value >> 64), (ulong)value);
    }

    private static uint Spread(int bits, int[] places, int top)
    {
        var value = 0u;
        for (var i = 0; i < places.Length; i++)
        {
            if ((bits >> i & 1) != 0) value |= 1u << (top - places[i]);
        }
        return value;
    }

    private enum Kind
    {
        Insert,
        Remove,
        RemoveAll,
        Publish,
        Drop,
    }

    private sealed record Operation(Kind Kind, IpPrefix Prefix, string Peer);
}
