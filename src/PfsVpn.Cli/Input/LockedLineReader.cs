using PfsVpn.Crypto;

namespace PfsVpn.Cli.Input;

/// <summary>Reads what holds secrets line by line in locked memory, for files and answers that hold secrets.</summary>
/// <remarks>
/// Sizes: a block of 16 KiB, doubled as often as a line is longer, to 64 MiB at most (EFBIG); what it held is erased.
/// Ownership: whoever made it disposes it; what it reads stays the caller's. A line is valid until the next is read.
/// </remarks>
internal sealed class LockedLineReader(ISecretSource source, Func<int, Exception> failure) : IDisposable
{
    /// <summary>Reads a descriptor.</summary>
    public LockedLineReader(int descriptor, Func<int, Exception> failure)
        : this(new DescriptorSource(descriptor), failure)
    {
    }

    private const int FirstBlockBytes = 16 * 1024;
    private const int LargestBlockBytes = 64 * 1024 * 1024;

    private LockedBlock _block = new(FirstBlockBytes);
    private int _start, _end;

    /// <summary>Reads the next line, without its line feed. False at the end.</summary>
    /// <param name="line">The line, which the caller may overwrite.</param>
    /// <param name="terminated">Whether a line feed ended it: the last line may lack one.</param>
    public bool TryRead(out Span<byte> line, out bool terminated)
    {
        var searched = 0;
        while (true)
        {
            var pending = _block.Span[_start.._end];
            var length = pending[searched..].IndexOf((byte)'\n');
            if (length >= 0)
            {
                line = pending[..(searched + length)];
                terminated = true;
                _start += line.Length + 1;
                return true;
            }
            searched = pending.Length;
            if (Fill()) continue;
            line = _block.Span[_start.._end];
            terminated = false;
            _start = _end;
            return !line.IsEmpty;
        }
    }

    /// <summary>Erases what was read.</summary>
    public void Dispose() => _block.Dispose();

    private bool Fill()
    {
        var pending = _block.Span[_start.._end];
        if (_start != 0)
        {
            pending.CopyTo(_block.Span);
            (_start, _end) = (0, pending.Length);
        }
        else if (_end == _block.Length)
        {
            if (_block.Length >= LargestBlockBytes) throw failure(NativeFile.EFBIG);
            var larger = new LockedBlock(_block.Length * 2);
            pending.CopyTo(larger.Span);
            _block.Dispose();
            _block = larger;
        }
        var count = source.Read(_block.Span[_end..]);
        if (count < 0) throw failure(-count);
        _end += count;
        return count != 0;
    }
}
