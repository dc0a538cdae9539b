using System.Buffers;

namespace PfsVpn.Configuration;

/// <summary>What <see cref="UapiLineReader.TryRead"/> found.</summary>
internal enum UapiLine
{
    /// <summary>No whole line yet.</summary>
    Incomplete,

    /// <summary>A line, without its end.</summary>
    Complete,

    /// <summary>A line longer than any that is valid; it has been skipped to its end.</summary>
    TooLong,
}

/// <summary>Cuts the text of the control interface into lines, in place: a line is copied only where it lies across two blocks, and then into the pool's memory.</summary>
/// <remarks>
/// Sizes: a line has at most <see cref="MaximumLength"/> bytes; a longer one is skipped as it comes in, never stored.
/// Threading: one thread at a time. Ownership: disposes the block it copied a line to; a line is void at the next call.
/// </remarks>
internal sealed class UapiLineReader : IDisposable
{
    /// <summary>The longest line in bytes. The longest that is valid has about 90.</summary>
    public const int MaximumLength = 4096;

    private readonly MemoryPool<byte> _pool;
    private IMemoryOwner<byte>? _copy;
    private bool _skipping;

    /// <summary>Takes the pool for lines that lie across two blocks: one of locked memory, for secrets pass through it.</summary>
    public UapiLineReader(MemoryPool<byte> pool) => _pool = pool;

    /// <summary>The number of the line that was read last, from 1; set to 0 where a request begins.</summary>
    public int Number { get; set; }

    /// <summary>Takes the next line off <paramref name="input"/>. What it leaves there is to be given again, with more behind it.</summary>
    public UapiLine TryRead(ref ReadOnlySequence<byte> input, out ReadOnlySpan<byte> line)
    {
        Release();
        var first = input.FirstSpan;
        var length = (long)first.IndexOf((byte)'\n');
        if (length is >= 0 and <= MaximumLength && !_skipping)
        {
            line = first[..(int)length];
            input = input.Slice(length + 1);
            Number++;
            return UapiLine.Complete;
        }
        return ReadAcrossBlocks(ref input, out line);
    }

    /// <summary>Gives back (and so zeroes) the copy of the last line.</summary>
    public void Dispose() => Release();

    private UapiLine ReadAcrossBlocks(ref ReadOnlySequence<byte> input, out ReadOnlySpan<byte> line)
    {
        line = default;
        if (input.PositionOf((byte)'\n') is not { } end)
        {
            _skipping |= input.Length > MaximumLength;
            if (_skipping) input = input.Slice(input.End);
            return UapiLine.Incomplete;
        }
        var whole = input.Slice(0, end);
        input = input.Slice(input.GetPosition(1, end));
        Number++;
        if (_skipping || whole.Length > MaximumLength)
        {
            _skipping = false;
            return UapiLine.TooLong;
        }
        _copy = _pool.Rent((int)whole.Length);
        var copy = _copy.Memory.Span[..(int)whole.Length];
        whole.CopyTo(copy);
        line = copy;
        return UapiLine.Complete;
    }

    private void Release()
    {
        _copy?.Dispose();
        _copy = null;
    }
}
