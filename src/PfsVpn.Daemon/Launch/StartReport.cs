using System.Runtime.InteropServices;
using System.Text;
using PfsVpn.Daemon.Interop;

namespace PfsVpn.Daemon.Launch;

/// <summary>
/// What the second stage tells the first over a pipe, once: <c>R</c> for ready, or <c>E</c> and a message in UTF-8, then the end of the pipe. An end
/// without a byte means that the process is gone.
/// </summary>
/// <param name="IsReady">The interface exists and the control socket answers.</param>
/// <param name="Failure">What it failed on, or null where it did not say.</param>
internal sealed unsafe record StartReport(bool IsReady, string? Failure)
{
    private const byte ReadyMark = (byte)'R', FailureMark = (byte)'E';
    private const int LongestInBytes = 4096;

    /// <summary>Blocks until the other end has reported or ended.</summary>
    public static StartReport Read(int descriptor)
    {
        var buffer = stackalloc byte[LongestInBytes];
        var length = 0;
        while (length < LongestInBytes)
        {
            var count = Libc.read(descriptor, buffer + length, (nuint)(LongestInBytes - length));
            if (count > 0) length += (int)count;
            else if (count == 0 || Marshal.GetLastPInvokeError() != Libc.EINTR) break;
        }
        _ = Libc.close(descriptor);
        return Of(new ReadOnlySpan<byte>(buffer, length));
    }

    /// <summary>The same from a stream, which stays the caller's.</summary>
    public static StartReport Read(Stream stream)
    {
        var buffer = new byte[LongestInBytes];
        return Of(buffer.AsSpan(0, stream.ReadAtLeast(buffer, LongestInBytes, throwOnEndOfStream: false)));
    }

    /// <summary>Reports readiness and closes the pipe. False where nobody waits any more: the command was interrupted.</summary>
    public static bool TryWriteReady(int descriptor) => TryWrite(descriptor, [ReadyMark]);

    /// <summary>Reports a failure and closes the pipe.</summary>
    public static void WriteFailure(int descriptor, string message)
    {
        var text = Encoding.UTF8.GetBytes(message);
        _ = TryWrite(descriptor, [FailureMark, .. text.AsSpan(0, Math.Min(text.Length, LongestInBytes - 1))]);
    }

    private static StartReport Of(ReadOnlySpan<byte> report) => report.IsEmpty
        ? new StartReport(IsReady: false, Failure: null)
        : new StartReport(report[0] == ReadyMark, report[0] == FailureMark ? Encoding.UTF8.GetString(report[1..]) : null);

    /// <summary>At most PIPE_BUF bytes into an empty pipe: one write takes all.</summary>
    private static bool TryWrite(int descriptor, ReadOnlySpan<byte> report)
    {
        fixed (byte* start = report)
        {
            var written = Libc.write(descriptor, start, (nuint)report.Length);
            _ = Libc.close(descriptor);
            return written == report.Length;
        }
    }
}
