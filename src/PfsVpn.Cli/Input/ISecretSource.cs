namespace PfsVpn.Cli.Input;

/// <summary>Where bytes come from that may be secret: they go to the caller's memory, and are kept nowhere else.</summary>
internal interface ISecretSource : IDisposable
{
    /// <summary>Reads up to the span's length. Returns the count, 0 at the end, or a negative errno.</summary>
    int Read(Span<byte> destination);
}
