namespace PfsVpn.Cli.Output;

/// <summary>Where bytes go. An implementation does not keep them: they may hold secrets.</summary>
internal interface IByteSink
{
    /// <summary>Takes all the bytes.</summary>
    void Write(ReadOnlySpan<byte> bytes);
}
