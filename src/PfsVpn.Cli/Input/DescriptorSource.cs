namespace PfsVpn.Cli.Input;

/// <summary>What a descriptor gives.</summary>
/// <param name="descriptor">A file, a pipe or a socket.</param>
/// <param name="owns">Whether it is closed with this; else it stays the caller's.</param>
internal sealed class DescriptorSource(int descriptor, bool owns = false) : ISecretSource
{
    /// <inheritdoc/>
    public int Read(Span<byte> destination) => NativeFile.Read(descriptor, destination);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (owns) NativeFile.Close(descriptor);
    }
}
