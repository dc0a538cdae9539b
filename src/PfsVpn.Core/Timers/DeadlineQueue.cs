using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace PfsVpn.Timers;

/// <summary>Items by their deadline, the earliest first: one timer for any number of peers.</summary>
/// <remarks>
/// A heap with four children a node, in one array; each item knows its place (<see cref="IDeadlineItem.HeapIndex"/>), so setting, moving and removing
/// take O(log n) and looking at the earliest O(1). Nothing is allocated but the array, as it grows.
/// Items with the same deadline come out in an order that depends only on the calls made: simulations repeat exactly.
/// Sizes: 16 bytes an item. Threading: one thread, that of the control loop.
/// </remarks>
internal sealed class DeadlineQueue<T>
    where T : class, IDeadlineItem
{
    private const int Arity = 4;
    private const int FirstCapacity = 16;

    // Places are 1 to Count, so that an item that was never queued has the place 0; _heap[0] is not used.
    private Entry[] _heap = [];

    /// <summary>How many items wait.</summary>
    public int Count { get; private set; }

    /// <summary>Queues <paramref name="item"/>, or moves it to its new deadline. <see cref="MonotonicTime.Infinite"/> takes it out: it would never be due.</summary>
    public void Set(T item, MonotonicTime deadline)
    {
        if (deadline == MonotonicTime.Infinite)
        {
            Remove(item);
            return;
        }
        var place = item.HeapIndex;
        if (place == 0)
        {
            place = ++Count;
            if (place >= _heap.Length) Array.Resize(ref _heap, Math.Max(FirstCapacity, _heap.Length * 2));
        }
        else
        {
            AssertHolds(item);
        }
        Settle(place, new Entry(deadline.Nanoseconds, item));
    }

    /// <summary>Takes <paramref name="item"/> out; false where it was not queued.</summary>
    public bool Remove(T item)
    {
        var place = item.HeapIndex;
        if (place == 0) return false;
        AssertHolds(item);
        item.HeapIndex = 0;
        var last = _heap[Count];
        _heap[Count--] = default;
        if (place <= Count) Settle(place, last);
        return true;
    }

    /// <summary>The deadline of <paramref name="item"/>, <see cref="MonotonicTime.Infinite"/> where it is not queued.</summary>
    public MonotonicTime DeadlineOf(T item)
    {
        if (item.HeapIndex == 0) return MonotonicTime.Infinite;
        AssertHolds(item);
        return new MonotonicTime(_heap[item.HeapIndex].Deadline);
    }

    /// <summary>The item with the earliest deadline, left in the queue; null, with <see cref="MonotonicTime.Infinite"/>, where none waits.</summary>
    public T? PeekEarliest(out MonotonicTime deadline)
    {
        if (Count == 0)
        {
            deadline = MonotonicTime.Infinite;
            return null;
        }
        deadline = new MonotonicTime(_heap[1].Deadline);
        return _heap[1].Item;
    }

    /// <summary>Takes out the earliest item whose deadline is <paramref name="now"/> or before; false where none is due.</summary>
    public bool TryPop(MonotonicTime now, [NotNullWhen(true)] out T? item)
    {
        item = PeekEarliest(out var deadline);
        if (item is null || deadline > now)
        {
            item = null;
            return false;
        }
        Remove(item);
        return true;
    }

    /// <summary>Puts an entry into the hole at <paramref name="place"/>, moving others until the order holds.</summary>
    private void Settle(int place, Entry entry)
    {
        if (place > 1 && entry.Deadline < _heap[Parent(place)].Deadline) Rise(place, entry);
        else Sink(place, entry);
    }

    private void Rise(int place, Entry entry)
    {
        for (var parent = Parent(place); place > 1 && entry.Deadline < _heap[parent].Deadline; parent = Parent(place))
        {
            Put(place, _heap[parent]);
            place = parent;
        }
        Put(place, entry);
    }

    private void Sink(int place, Entry entry)
    {
        while (true)
        {
            var first = FirstChild(place);
            if (first > Count) break;
            var earliest = first;
            var end = Math.Min(first + Arity - 1, Count);
            for (var child = first + 1; child <= end; child++)
            {
                if (_heap[child].Deadline < _heap[earliest].Deadline) earliest = child;
            }
            if (entry.Deadline <= _heap[earliest].Deadline) break;
            Put(place, _heap[earliest]);
            place = earliest;
        }
        Put(place, entry);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Put(int place, Entry entry)
    {
        _heap[place] = entry;
        entry.Item.HeapIndex = place;
    }

    [Conditional("DEBUG")]
    private void AssertHolds(T item) => Debug.Assert(
        item.HeapIndex <= Count && ReferenceEquals(_heap[item.HeapIndex].Item, item), "The item waits in another queue, or its place was overwritten.");

    // Places count from 1: the children of p are 4p - 2 to 4p + 1.
    private static int Parent(int place) => (place + Arity - 2) / Arity;

    private static int FirstChild(int place) => (Arity * place) - Arity + 2;

    private readonly record struct Entry(long Deadline, T Item);
}
