using PfsVpn.Daemon.Interop;

namespace PfsVpn.Daemon.Logging;

/// <summary>Writes lines to a descriptor, which it does not own, one system call a line.</summary>
internal sealed unsafe class DescriptorOutput(int descriptor) : ILineOutput
{
    /// <summary>A descriptor that polls writable takes at least PIPE_BUF bytes without blocking, be it a pipe, a terminal, a socket or a file.</summary>
    public bool CanTakeALine()
    {
        var entry = new Libc.struct_pollfd { fd = descriptor, events = Libc.POLLOUT };
        return Libc.poll(&entry, 1, 0) > 0 && (entry.revents & Libc.POLLOUT) != 0;
    }

    /// <inheritdoc/>
    public bool TryWrite(ReadOnlySpan<byte> line)
    {
        fixed (byte* start = line) return Libc.write(descriptor, start, (nuint)line.Length) == line.Length;
    }

    /// <summary>Nothing is held.</summary>
    public void Dispose()
    {
    }
}
