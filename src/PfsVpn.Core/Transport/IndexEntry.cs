namespace PfsVpn.Transport;

/// <summary>One index of an <see cref="IndexTable{T}"/>, in the chain of its bucket.</summary>
/// <remarks>Threading: see the table; the index never changes, the two references are read without a lock.</remarks>
internal sealed class IndexEntry<T>(uint index, T value, IndexEntry<T>? next)
    where T : class
{
    private T _value = value;
    private IndexEntry<T>? _next = next;

    public uint Index { get; } = index;

    public T Value
    {
        get => Volatile.Read(ref _value);
        set => Volatile.Write(ref _value, value);
    }

    public IndexEntry<T>? Next
    {
        get => Volatile.Read(ref _next);
        set => Volatile.Write(ref _next, value);
    }
}
