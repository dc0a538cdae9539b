using System.Threading.Channels;
using PfsVpn.Daemon.Logging;

namespace PfsVpn.Daemon.Windows;

/// <summary>Writes lines to a handle by a thread of its own: a pipe whose reader is slow, or a console in which somebody is marking text, holds up whoever writes, and Windows does not say so before.</summary>
/// <remarks>Sizes: at most 256 lines wait, 1 MiB. Threading: as <see cref="ILineOutput"/>; Dispose from any. Ownership: the handle is the caller's.</remarks>
internal sealed class HandleOutput : ILineOutput
{
    private const int MostWaiting = 256;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Channel<byte[]> _lines = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private readonly Action<byte[]> _write;
    private readonly TimeSpan _patience;
    private readonly Thread _thread;

    /// <summary>Writes to a standard stream or a handle.</summary>
    public HandleOutput(int descriptor)
        : this(line => _ = WindowsStreams.TryWrite(WindowsStreams.HandleOf(descriptor), line), Patience)
    {
    }

    /// <summary>Writes by <paramref name="write"/>, which may block: at the end for no longer than <paramref name="patience"/>.</summary>
    internal HandleOutput(Action<byte[]> write, TimeSpan patience)
    {
        (_write, _patience) = (write, patience);
        _thread = new Thread(Run, maxStackSize: 128 * 1024) { IsBackground = true, Name = "log" };
        _thread.Start();
    }

    /// <inheritdoc/>
    public bool CanTakeALine() => _lines.Reader.Count < MostWaiting;

    /// <inheritdoc/>
    public bool TryWrite(ReadOnlySpan<byte> line) => _lines.Writer.TryWrite(line.ToArray());

    /// <summary>Takes no more lines, and waits a second at most until those that it took are written.</summary>
    public void Dispose()
    {
        if (_lines.Writer.TryComplete()) _ = _thread.Join(_patience);
    }

    private void Run()
    {
        while (_lines.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
            while (_lines.Reader.TryRead(out var line)) _write(line);
    }
}
