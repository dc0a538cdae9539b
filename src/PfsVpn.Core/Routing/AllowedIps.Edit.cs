using PfsVpn.Packets;

namespace PfsVpn.Routing;

internal sealed partial class AllowedIps<TPeer>
{
    /// <summary>A change under way: any number of insertions and removals, seen by readers all at once or never.</summary>
    /// <remarks>Threading: one thread.</remarks>
    public sealed class Edit
    {
        private readonly AllowedIps<TPeer> _table;
        private readonly AllowedIpsSnapshot<TPeer> _base;

        // Slots of peers that got or lost theirs in this edit; 0 for lost. The table's own dictionary changes on publishing.
        private readonly Dictionary<TPeer, int> _changedSlots = new(ReferenceEqualityComparer.Instance);
        private ChunkedArray<TrieNode> _nodes;
        private ChunkedArray<PeerSlot<TPeer>> _slots;
        private int _freeNode;
        private int _freeSlot;
        private int _rootV4;
        private int _rootV6;
        private int _prefixCount;
        private bool _published;

        internal Edit(AllowedIps<TPeer> table)
        {
            _table = table;
            _base = table.Published;
            _nodes = new ChunkedArray<TrieNode>(_base.Nodes, _base.NodeCount);
            _slots = new ChunkedArray<PeerSlot<TPeer>>(_base.Slots, _base.SlotCount);
            _freeNode = _base.FreeNode;
            _freeSlot = _base.FreeSlot;
            _rootV4 = _base.RootV4;
            _rootV6 = _base.RootV6;
            _prefixCount = _base.PrefixCount;
        }

        /// <summary>
        /// Gives <paramref name="prefix"/> to <paramref name="peer"/>, taking it from the peer that has it. It becomes the last of the peer's prefixes, also
        /// where the peer had it already (as in the kernel). Shorter and longer prefixes of other peers stay theirs.
        /// </summary>
        /// <exception cref="ArgumentException">The prefix is the default value.</exception>
        public void Insert(in IpPrefix prefix, TPeer peer)
        {
            ArgumentNullException.ThrowIfNull(peer);
            ThrowIfUnusable(prefix);
            var node = FindOrAddNode(new TrieKey(prefix));
            var slot = FindOrAddSlot(peer);
            var owner = _nodes[node].Slot;
            if (owner != 0)
            {
                if (owner == slot && _slots[slot].Last == node) return;
                Unlink(node);
                if (owner != slot) FreeSlotWithoutPrefixes(owner);
            }
            Link(node, slot);
        }

        /// <summary>Takes <paramref name="prefix"/> from <paramref name="peer"/>; does nothing where it belongs to another peer or to none.</summary>
        /// <exception cref="ArgumentException">The prefix is the default value.</exception>
        public void Remove(in IpPrefix prefix, TPeer peer)
        {
            ArgumentNullException.ThrowIfNull(peer);
            ThrowIfUnusable(prefix);
            var slot = SlotOf(peer);
            if (slot == 0) return;
            Remove(new TrieKey(prefix), slot);
            FreeSlotWithoutPrefixes(slot);
        }

        /// <summary>Takes all prefixes from <paramref name="peer"/>, in time proportional to their number.</summary>
        public void RemoveAll(TPeer peer)
        {
            ArgumentNullException.ThrowIfNull(peer);
            ObjectDisposedException.ThrowIf(_published, this);
            var slot = SlotOf(peer);
            if (slot == 0) return;
            for (var node = _slots[slot].First; node != 0; node = _slots[slot].First) Remove(new TrieKey(_nodes[node]), slot);
            FreeSlotWithoutPrefixes(slot);
        }

        /// <summary>Makes the change visible to readers, in one store. The edit cannot be used afterwards.</summary>
        /// <exception cref="InvalidOperationException">Another edit was published since this one began: there may be one writer only.</exception>
        public void Publish()
        {
            ObjectDisposedException.ThrowIf(_published, this);
            lock (_table._slots)
            {
                if (!ReferenceEquals(_table._snapshot, _base))
                    throw new InvalidOperationException("Another edit of the allowed IPs was published since this one began; there may be one writer only.");
                foreach (var (peer, slot) in _changedSlots)
                {
                    if (slot == 0) _table._slots.Remove(peer);
                    else _table._slots[peer] = slot;
                }
                if (_table._slots.Count == 0) _table._slots.TrimExcess();
                Volatile.Write(ref _table._snapshot, ToSnapshot());
            }
            _published = true;
        }

        private AllowedIpsSnapshot<TPeer> ToSnapshot() => _prefixCount == 0 ? AllowedIpsSnapshot<TPeer>.Empty : new()
        {
            Nodes = _nodes.ToSnapshot(),
            NodeCount = _nodes.Count,
            FreeNode = _freeNode,
            Slots = _slots.ToSnapshot(),
            SlotCount = _slots.Count,
            FreeSlot = _freeSlot,
            RootV4 = _rootV4,
            RootV6 = _rootV6,
            PrefixCount = _prefixCount,
        };

        private int FindOrAddNode(in TrieKey key)
        {
            var parent = 0;
            var index = Root(key.Family);
            while (index != 0)
            {
                ref readonly var node = ref _nodes[index];
                var common = Math.Min(node.CommonLength(key.High, key.Low), Math.Min(node.Length, key.Length));
                if (common < node.Length) return AddAbove(parent, index, key, common);
                if (common == key.Length) return index;
                parent = index;
                index = node.Children[key.Bit(common)];
            }
            var leaf = NewNode(key, key.Length);
            SetChild(parent, key, leaf);
            return leaf;
        }

        /// <summary>Puts the key above a node that it shares <paramref name="common"/> bits with: as its parent, or beside it below a new fork.</summary>
        private int AddAbove(int parent, int index, in TrieKey key, int common)
        {
            var below = new TrieKey(_nodes[index]);
            var top = NewNode(key, common);
            SetChild(parent, key, top);
            _nodes.Mutable(top).Children[below.Bit(common)] = index;
            if (common == key.Length) return top;
            var leaf = NewNode(key, key.Length);
            SetChild(top, key, leaf);
            return leaf;
        }

        private void Remove(in TrieKey key, int slot)
        {
            var (grandparent, parent, index) = (0, 0, Root(key.Family));
            while (index != 0 && _nodes[index].Length < key.Length && _nodes[index].Matches(key.High, key.Low))
                (grandparent, parent, index) = (parent, index, _nodes[index].Children[key.Bit(_nodes[index].Length)]);
            if (index == 0 || _nodes[index].Length != key.Length || _nodes[index].Slot != slot || !_nodes[index].Matches(key.High, key.Low)) return;

            Unlink(index);
            var children = _nodes[index].Children;
            if (children[0] != 0 && children[1] != 0) return; // it stays as a fork
            var child = children[0] | children[1];
            SetChild(parent, key, child);
            FreeNode(index);
            if (child != 0 || parent == 0 || _nodes[parent].Slot != 0) return;

            // The parent was a fork and has one child left, which takes its place.
            var sibling = _nodes[parent].Children[0] | _nodes[parent].Children[1];
            SetChild(grandparent, key, sibling);
            FreeNode(parent);
        }

        private int Root(byte family) => family == 4 ? _rootV4 : _rootV6;

        /// <summary>Hangs <paramref name="child"/> below <paramref name="parent"/>, on the side where <paramref name="key"/> lies; below the root for parent 0.</summary>
        private void SetChild(int parent, in TrieKey key, int child)
        {
            if (parent != 0) _nodes.Mutable(parent).Children[key.Bit(_nodes[parent].Length)] = child;
            else if (key.Family == 4) _rootV4 = child;
            else _rootV6 = child;
        }

        /// <summary>A new node for the first <paramref name="length"/> bits of a key.</summary>
        private int NewNode(in TrieKey key, int length)
        {
            if (_nodes.Count == 0) _nodes.Append();
            var index = _freeNode;
            if (index != 0) _freeNode = _nodes[index].Next;
            else index = _nodes.Append();
            var masked = key.Truncate(length);
            _nodes.Mutable(index) = new TrieNode { High = masked.High, Low = masked.Low, Length = masked.Length, Family = masked.Family };
            return index;
        }

        private void FreeNode(int index)
        {
            _nodes.Mutable(index) = new TrieNode { Next = _freeNode };
            _freeNode = index;
        }

        /// <summary>Appends a prefix to the list of a peer.</summary>
        private void Link(int index, int slot)
        {
            ref var owner = ref _slots.Mutable(slot);
            ref var node = ref _nodes.Mutable(index);
            node.Slot = slot;
            node.Previous = owner.Last;
            node.Next = 0;
            if (owner.Last == 0) owner.First = index;
            else _nodes.Mutable(owner.Last).Next = index;
            owner.Last = index;
            _prefixCount++;
        }

        /// <summary>Takes a prefix out of the list of its peer.</summary>
        private void Unlink(int index)
        {
            ref var node = ref _nodes.Mutable(index);
            var (slot, previous, next) = (node.Slot, node.Previous, node.Next);
            (node.Slot, node.Previous, node.Next) = (0, 0, 0);
            if (previous == 0) _slots.Mutable(slot).First = next;
            else _nodes.Mutable(previous).Next = next;
            if (next == 0) _slots.Mutable(slot).Last = previous;
            else _nodes.Mutable(next).Previous = previous;
            _prefixCount--;
        }

        private int SlotOf(TPeer peer)
        {
            if (_changedSlots.TryGetValue(peer, out var slot)) return slot;
            return _table._slots.GetValueOrDefault(peer);
        }

        private int FindOrAddSlot(TPeer peer)
        {
            var slot = SlotOf(peer);
            if (slot != 0) return slot;
            if (_slots.Count == 0) _slots.Append();
            slot = _freeSlot;
            if (slot != 0) _freeSlot = _slots[slot].First;
            else slot = _slots.Append();
            _slots.Mutable(slot) = new PeerSlot<TPeer> { Peer = peer };
            _changedSlots[peer] = slot;
            return slot;
        }

        private void FreeSlotWithoutPrefixes(int slot)
        {
            if (_slots[slot].First != 0) return;
            _changedSlots[_slots[slot].Peer!] = 0;
            _slots.Mutable(slot) = new PeerSlot<TPeer> { First = _freeSlot };
            _freeSlot = slot;
        }

        private void ThrowIfUnusable(in IpPrefix prefix)
        {
            ObjectDisposedException.ThrowIf(_published, this);
            if (prefix.Address.Family == 0) throw new ArgumentException("The prefix has no address.", nameof(prefix));
        }
    }
}
