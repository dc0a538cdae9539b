namespace PfsVpn.Timers;

/// <summary>Something that waits in a <see cref="DeadlineQueue{T}"/>. It keeps its own place, so that it is moved and removed without a search.</summary>
internal interface IDeadlineItem
{
    /// <summary>The place in the queue, 0 where it waits in none. Written by the queue only; it belongs to at most one.</summary>
    int HeapIndex { get; set; }
}
