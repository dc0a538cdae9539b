namespace PfsVpn.Daemon.Logging;

/// <summary>Where lines of the log go.</summary>
/// <remarks>Threading: one thread at a time. Writing never blocks. Disposing writes what is held still; no line comes afterwards.</remarks>
internal interface ILineOutput : IDisposable
{
    /// <summary>Whether a line of at most 4096 bytes can be taken without waiting for anybody.</summary>
    bool CanTakeALine();

    /// <summary>Takes a line, its line feed included. False where it cannot.</summary>
    bool TryWrite(ReadOnlySpan<byte> line);
}
