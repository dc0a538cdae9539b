namespace PfsVpn.Daemon.Platform;

/// <summary>What answers <c>wg</c> and <c>pfsvpn</c>.</summary>
/// <param name="Server">Ends it.</param>
/// <param name="Place">Where it is, for people.</param>
/// <param name="File">A file to remove where the process ends without order, or null.</param>
/// <param name="Deleted">Completes when somebody has deleted that file: the daemon is asked to end.</param>
internal sealed record ControlServer(IDisposable Server, string Place, string? File, Task Deleted);
