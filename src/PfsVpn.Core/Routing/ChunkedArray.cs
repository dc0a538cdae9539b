using System.Diagnostics;

namespace PfsVpn.Routing;

/// <summary>
/// A growing array in chunks that is copied on write: the base is an immutable snapshot, an editor copies a chunk when it first writes to it.
/// </summary>
/// <remarks>
/// An edit costs the directory (8 bytes a chunk) and the chunks that it touches, whatever the size of the array; a bulk edit copies each chunk once and
/// then writes in place. Which chunks are its own is seen from the base: those that differ from it.
/// Threading: the chunks handed out by <see cref="ToSnapshot"/> are never written again; an editor belongs to one thread.
/// </remarks>
internal struct ChunkedArray<TElement>
    where TElement : struct
{
    public const int ChunkShift = 7;
    public const int ChunkLength = 1 << ChunkShift;
    public const int ChunkMask = ChunkLength - 1;

    private readonly TElement[][] _base;
    private TElement[][] _chunks;

    /// <summary>Starts to edit a snapshot; <paramref name="count"/> elements of it are in use.</summary>
    public ChunkedArray(TElement[][] snapshot, int count)
    {
        Debug.Assert(snapshot.Length == (count + ChunkMask) >> ChunkShift);
        _base = snapshot;
        _chunks = snapshot;
        Count = count;
    }

    /// <summary>Elements in use.</summary>
    public int Count { get; private set; }

    /// <summary>An element, for reading.</summary>
    public readonly ref readonly TElement this[int index] => ref _chunks[index >> ChunkShift][index & ChunkMask];

    /// <summary>An element, for writing. The reference stays valid: a chunk that the editor owns is not copied again.</summary>
    public ref TElement Mutable(int index)
    {
        var number = index >> ChunkShift;
        if (number < _base.Length && ReferenceEquals(_chunks[number], _base[number]))
        {
            OwnDirectory(_chunks.Length);
            _chunks[number] = (TElement[])_base[number].Clone();
        }
        return ref _chunks[number][index & ChunkMask];
    }

    /// <summary>Adds a default element and returns its index.</summary>
    public int Append()
    {
        if ((Count & ChunkMask) == 0)
        {
            var number = Count >> ChunkShift;
            OwnDirectory(number < _chunks.Length ? _chunks.Length : Math.Max(1, _chunks.Length * 2));
            _chunks[number] = new TElement[ChunkLength];
        }
        return Count++;
    }

    /// <summary>The state now, as a snapshot. The editor must not be used afterwards.</summary>
    public readonly TElement[][] ToSnapshot()
    {
        var used = (Count + ChunkMask) >> ChunkShift;
        return used == _chunks.Length ? _chunks : _chunks[..used];
    }

    private void OwnDirectory(int length)
    {
        if (!ReferenceEquals(_chunks, _base) && length == _chunks.Length) return;
        var directory = new TElement[length][];
        _chunks.CopyTo(directory, 0);
        _chunks = directory;
    }
}
