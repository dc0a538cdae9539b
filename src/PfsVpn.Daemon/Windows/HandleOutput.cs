using System.Collections.Concurrent;
using PfsVpn.Daemon.Logging;

namespace PfsVpn.Daemon.Windows;

/// <summary>Writes lines to a handle by a thread of its own: a pipe whose reader is slow, or a console in which somebody is marking text, holds up whoever writes, and Windows does not say so before.</summary>
/// <remarks>Sizes: at most 256 lines wait, 1 MiB. Ownership: the handle is the caller's. Disposing waits a second for what has not been written.</remarks>
internal sealed class HandleOutput : ILineOutput
{
    private const int MostWaiting = 256;

    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(1);

    private readonly BlockingCollection<byte[]> _lines = new(MostWaiting);
    private readonly Thread _thread;
    private readonly nint _handle;

    /// <summary>Writes to a standard stream or a handle.</summary>
    public HandleOutput(int descriptor)
    {
        _handle = WindowsStreams.HandleOf(descriptor);
        _thread = new Thread(Run, maxStackSize: 128 * 1024) { IsBackground = true, Name = "log" };
        _thread.Start();
    }

    /// <inheritdoc/>
    public bool CanTakeALine() => _lines.Count < MostWaiting;

    /// <inheritdoc/>
    public bool TryWrite(ReadOnlySpan<byte> line) => !_lines.IsAddingCompleted && _lines.TryAdd(line.ToArray());

    /// <inheritdoc/>
    public void Dispose()
    {
        _lines.CompleteAdding();
        if (_thread.Join(EndPatience)) _lines.Dispose();
    }

    private void Run()
    {
        foreach (var line in _lines.GetConsumingEnumerable()) _ = WindowsStreams.TryWrite(_handle, line);
    }
}
