using PfsVpn.Crypto;

namespace PfsVpn.Cli.Input;

/// <summary>What lies in locked memory, read from its beginning.</summary>
/// <remarks>Ownership: takes the block over, and erases it when disposed.</remarks>
internal sealed class LockedSource(LockedBlock block, int length) : ISecretSource
{
    private int _read;

    /// <inheritdoc/>
    public int Read(Span<byte> destination)
    {
        var count = Math.Min(destination.Length, length - _read);
        block.Span.Slice(_read, count).CopyTo(destination);
        _read += count;
        return count;
    }

    /// <inheritdoc/>
    public void Dispose() => block.Dispose();
}
