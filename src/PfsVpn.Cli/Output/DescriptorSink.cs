namespace PfsVpn.Cli.Output;

/// <summary>Writes straight to a descriptor, which stays the caller's.</summary>
internal sealed class DescriptorSink(int descriptor) : IByteSink
{
    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        var errno = -NativeFile.WriteAll(descriptor, bytes);
        if (errno == NativeFile.EPIPE) throw CliException.BrokenPipe();
        if (errno != 0) throw new CliException($"Unable to write the output: {NativeFile.Describe(errno)}");
    }
}
