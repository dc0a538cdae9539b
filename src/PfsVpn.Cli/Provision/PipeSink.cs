using PfsVpn.Cli.Output;

namespace PfsVpn.Cli.Provision;

/// <summary>Writes straight into a pipe, which stays the caller's.</summary>
internal sealed class PipeSink(Stream pipe) : IByteSink
{
    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes) => pipe.Write(bytes);
}
