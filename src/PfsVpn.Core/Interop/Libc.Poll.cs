using System.Runtime.InteropServices;

namespace PfsVpn.Interop;

/// <summary>Waiting for descriptors: <c>poll.h</c>.</summary>
/// <remarks>References: poll(2). Both calls may return early with EINTR.</remarks>
internal static unsafe partial class Libc
{
    public const short POLLIN = 1, POLLOUT = 4, POLLERR = 8, POLLHUP = 16, POLLNVAL = 32;

    [LibraryImport(Library, SetLastError = true)]
    public static partial int poll(pollfd* descriptors, nuint count, int timeoutInMilliseconds);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int ppoll(pollfd* descriptors, nuint count, timespec* timeout, void* signalMask);

    /// <summary>8 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct @pollfd
    {
        public int fd;
        public short events;
        public short revents;
    }
}
