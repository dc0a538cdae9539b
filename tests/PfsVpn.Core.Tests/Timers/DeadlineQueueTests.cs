using FsCheck;
using FsCheck.Fluent;
using PfsVpn.Timers;

namespace PfsVpn.Tests.Timers;

public sealed class DeadlineQueueTests
{
    private readonly DeadlineQueue<Item> _queue = new();

    [Fact]
    public void An_empty_queue_is_never_due()
    {
        Assert.Null(_queue.PeekEarliest(out var deadline));
        Assert.Equal(MonotonicTime.Infinite, deadline);
        Assert.False(_queue.TryPop(MonotonicTime.Infinite, out _));
        Assert.False(_queue.Remove(new Item(0)));
    }

    [Fact]
    public void Items_come_out_when_they_are_due_and_in_order()
    {
        Item[] items = [new(0), new(1), new(2)];
        _queue.Set(items[0], At(30));
        _queue.Set(items[1], At(10));
        _queue.Set(items[2], At(20));
        Assert.Same(items[1], _queue.PeekEarliest(out var deadline));
        Assert.Equal(At(10), deadline);
        Assert.False(_queue.TryPop(At(9), out _));
        Assert.True(_queue.TryPop(At(20), out var first));
        Assert.True(_queue.TryPop(At(20), out var second));
        Assert.False(_queue.TryPop(At(20), out var none));
        Assert.Same(items[1], first);
        Assert.Same(items[2], second);
        Assert.Null(none);
        Assert.Equal(0, first.HeapIndex);
        Assert.Equal(1, _queue.Count);
    }

    [Fact]
    public void An_item_is_moved_forth_and_back_and_taken_out_by_infinity()
    {
        Item a = new(0), b = new(1);
        _queue.Set(a, At(10));
        _queue.Set(b, At(20));
        _queue.Set(a, At(30));
        Assert.Same(b, _queue.PeekEarliest(out _));
        _queue.Set(a, At(5));
        Assert.Same(a, _queue.PeekEarliest(out _));
        Assert.Equal(At(5), _queue.DeadlineOf(a));
        _queue.Set(a, MonotonicTime.Infinite);
        Assert.Equal(0, a.HeapIndex);
        Assert.Equal(MonotonicTime.Infinite, _queue.DeadlineOf(a));
        Assert.Same(b, _queue.PeekEarliest(out _));
        Assert.Equal(1, _queue.Count);
    }

    [Fact]
    public void It_behaves_as_a_sorted_list()
    {
        // An item 0 to 29; a deadline 0 to 99 to set, -1 to remove, -2 to take out what is due at the item's number.
        var operations =
            from item in Gen.Choose(0, 29)
            from verb in Gen.Frequency((6, Gen.Choose(0, 99)), (2, Gen.Constant(-1)), (2, Gen.Constant(-2)))
            select (item, verb);
        var property = Prop.ForAll(operations.ListOf().ToArbitrary(), list => Behave(list));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500).WithEndSize(300), property);
    }

    [Fact]
    public void A_hundred_thousand_items_come_out_sorted()
    {
        var random = new Random(1);
        for (var i = 0; i < 100_000; i++) _queue.Set(new Item(i), At(random.Next()));
        var last = At(0);
        var count = 0;
        while (_queue.PeekEarliest(out var deadline) is not null)
        {
            Assert.True(deadline >= last);
            last = deadline;
            Assert.True(_queue.TryPop(deadline, out _));
            count++;
        }
        Assert.Equal(100_000, count);
    }

    private static bool Behave(IEnumerable<(int Item, int Verb)> operations)
    {
        var queue = new DeadlineQueue<Item>();
        var items = Enumerable.Range(0, 30).Select(number => new Item(number)).ToArray();
        var model = new Dictionary<Item, int>();
        foreach (var (number, verb) in operations)
        {
            var item = items[number];
            if (verb >= 0)
            {
                queue.Set(item, At(verb));
                model[item] = verb;
            }
            else if (verb == -1)
            {
                if (queue.Remove(item) != model.Remove(item)) return false;
            }
            else
            {
                var due = model.Count != 0 && model.Values.Min() <= number;
                if (queue.TryPop(At(number), out var popped) != due) return false;
                if (due && (model[popped!] != model.Values.Min() || !model.Remove(popped!))) return false;
            }
            if (queue.Count != model.Count || items.Any(each => queue.DeadlineOf(each) != (model.TryGetValue(each, out var at) ? At(at) : MonotonicTime.Infinite)))
                return false;
            queue.PeekEarliest(out var earliest);
            if (model.Count != 0 && earliest != At(model.Values.Min())) return false;
        }
        return true;
    }

    private static MonotonicTime At(long time) => new(time);

    private sealed class Item(int number) : IDeadlineItem
    {
        public int HeapIndex { get; set; }

        public override string ToString() => $"item {number} at {HeapIndex}";
    }
}
