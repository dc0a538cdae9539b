using System.Runtime.InteropServices;
using System.Text;
using PfsVpn.Interop;

namespace PfsVpn.Runtime;

/// <summary>Becomes readable when something in a directory is made, moved or deleted.</summary>
/// <remarks>
/// References: inotify(7). The directory is watched and not the socket: a file that is moved away or replaced raises no event of its own that says so.
/// Threading: one thread at a time. Ownership: owns its descriptor.
/// </remarks>
internal sealed unsafe class ControlSocketWatch : IDisposable
{
    private ControlSocketWatch(int descriptor) => Descriptor = descriptor;

    /// <summary>To be polled for input.</summary>
    public int Descriptor { get; private set; }

    /// <summary>Watches a directory.</summary>
    /// <exception cref="ControlSocketException">The system refuses.</exception>
    public static ControlSocketWatch Start(string directory)
    {
        var descriptor = Libc.inotify_init1(Libc.IN_NONBLOCK | Libc.IN_CLOEXEC);
        if (descriptor < 0) throw ControlSocketException.FromErrno("Cannot watch the control socket (inotify_init1)", Marshal.GetLastPInvokeError());
        fixed (byte* path = Encoding.UTF8.GetBytes(directory + '\0'))
        {
            const uint Changes = Libc.IN_CREATE | Libc.IN_DELETE | Libc.IN_MOVED_FROM | Libc.IN_MOVED_TO | Libc.IN_DELETE_SELF | Libc.IN_MOVE_SELF;
            if (Libc.inotify_add_watch(descriptor, path, Changes | Libc.IN_ONLYDIR) >= 0) return new ControlSocketWatch(descriptor);
        }
        var errno = Marshal.GetLastPInvokeError();
        _ = Libc.close(descriptor);
        throw ControlSocketException.FromErrno($"Cannot watch {directory}", errno);
    }

    /// <summary>Drops the events that have come: whoever asks looks at the file itself.</summary>
    public void Drain()
    {
        var events = stackalloc byte[4096];
        while (Libc.read(Descriptor, events, 4096) > 0)
        {
            // The loop is the work.
        }
    }

    /// <summary>Ends the watch.</summary>
    public void Dispose()
    {
        if (Descriptor >= 0) _ = Libc.close(Descriptor);
        Descriptor = -1;
    }
}
