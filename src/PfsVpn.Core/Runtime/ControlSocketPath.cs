using System.Runtime.InteropServices;
using System.Text;
using PfsVpn.Interop;

namespace PfsVpn.Runtime;

/// <summary>A path that a unix socket can have, and what is found there.</summary>
/// <remarks>References: unix(7), statx(2). Sizes: at most 107 bytes of UTF-8. Threading: immutable.</remarks>
internal sealed unsafe class ControlSocketPath
{
    private readonly byte[] _bytes;

    /// <summary>Takes a path.</summary>
    /// <exception cref="ControlSocketException">It is too long for a socket.</exception>
    public ControlSocketPath(string path)
    {
        Path = path;
        _bytes = new byte[Encoding.UTF8.GetByteCount(path) + 1];
        Encoding.UTF8.GetBytes(path, _bytes);
        if (_bytes.Length > Libc.sockaddr_un.PathLength)
            throw new ControlSocketException($"The path of the control socket, {path}, is longer than the {Libc.sockaddr_un.PathLength - 1} bytes that a socket can have.");
    }

    /// <summary>The path.</summary>
    public string Path { get; }

    /// <summary>The path that a socket was bound to; null for none, an abstract name, or one that depends on the working directory.</summary>
    public static ControlSocketPath? Of(int descriptor)
    {
        Libc.sockaddr_un address;
        var length = (uint)sizeof(Libc.sockaddr_un);
        if (Libc.getsockname(descriptor, &address, &length) != 0) return null;
        var path = Encoding.UTF8.GetString(new ReadOnlySpan<byte>(address.path, Math.Max((int)length - sizeof(ushort), 0))).TrimEnd('\0');
        return path.StartsWith('/') ? new ControlSocketPath(path) : null;
    }

    /// <summary>What is at the path now, links not followed; null for nothing.</summary>
    /// <exception cref="ControlSocketException">It cannot be seen.</exception>
    public ControlSocketIdentity? Look()
    {
        Libc.statx_result found;
        fixed (byte* path = _bytes)
        {
            if (Libc.statx(Libc.AT_FDCWD, path, Libc.AT_SYMLINK_NOFOLLOW, Libc.STATX_TYPE | Libc.STATX_INO, &found) != 0)
            {
                var errno = Marshal.GetLastPInvokeError();
                return errno == Libc.ENOENT ? null : throw ControlSocketException.FromErrno($"Cannot look at {Path}", errno);
            }
        }
        return new ControlSocketIdentity(found.deviceMajor, found.deviceMinor, found.inode, (found.mode & Libc.S_IFMT) == Libc.S_IFSOCK);
    }

    /// <summary>Whether somebody listens at the path. It does not wait, and hangs up at once.</summary>
    /// <exception cref="ControlSocketException">It cannot be told.</exception>
    public bool IsAnswered()
    {
        var descriptor = NewSocket();
        try
        {
            var address = ToAddress();
            if (Libc.connect(descriptor, &address, (uint)sizeof(Libc.sockaddr_un)) == 0) return true;
            return Marshal.GetLastPInvokeError() switch
            {
                // A full queue is a listener too.
                Libc.EAGAIN => true,
                Libc.ECONNREFUSED or Libc.ENOENT => false,
                var errno => throw ControlSocketException.FromErrno($"Cannot tell whether {Path} is in use", errno),
            };
        }
        finally
        {
            _ = Libc.close(descriptor);
        }
    }

    /// <summary>Makes a listening socket at the path, for its owner only, and returns its descriptor.</summary>
    /// <exception cref="ControlSocketException">The path exists, or cannot be made.</exception>
    public int BindAndListen(int backlog)
    {
        var descriptor = NewSocket();
        var address = ToAddress();
        // bind(2) takes the mode of the file from that of the socket: there is no moment when others could connect, and no umask to change for all threads.
        if (Libc.fchmod(descriptor, 0x1C0) == 0
            && Libc.bind(descriptor, &address, (uint)sizeof(Libc.sockaddr_un)) == 0
            && Libc.listen(descriptor, backlog) == 0) return descriptor;
        var errno = Marshal.GetLastPInvokeError();
        _ = Libc.close(descriptor);
        throw ControlSocketException.FromErrno($"Cannot make a socket in {System.IO.Path.GetDirectoryName(Path)}", errno);
    }

    /// <summary>Gives the file at this path the name <paramref name="other"/> too. False where that exists.</summary>
    /// <exception cref="ControlSocketException">The system refuses.</exception>
    public bool TryLink(ControlSocketPath other)
    {
        fixed (byte* from = _bytes, to = other._bytes)
            if (Libc.link(from, to) == 0) return true;
        var errno = Marshal.GetLastPInvokeError();
        return errno == Libc.EEXIST ? false : throw ControlSocketException.FromErrno($"Cannot make {other.Path}", errno);
    }

    /// <summary>Moves the file to <paramref name="other"/>. False where it has gone.</summary>
    /// <exception cref="ControlSocketException">The system refuses.</exception>
    public bool TryMove(ControlSocketPath other)
    {
        fixed (byte* from = _bytes, to = other._bytes)
            if (Libc.rename(from, to) == 0) return true;
        var errno = Marshal.GetLastPInvokeError();
        return errno == Libc.ENOENT ? false : throw ControlSocketException.FromErrno($"Cannot move {Path} away", errno);
    }

    /// <summary>Removes the name. Says nothing where it cannot.</summary>
    public void Unlink()
    {
        fixed (byte* path = _bytes) _ = Libc.unlink(path);
    }

    /// <inheritdoc/>
    public override string ToString() => Path;

    private static int NewSocket()
    {
        var descriptor = Libc.socket(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC, 0);
        return descriptor >= 0 ? descriptor : throw ControlSocketException.FromErrno("Cannot make a unix socket", Marshal.GetLastPInvokeError());
    }

    private Libc.sockaddr_un ToAddress()
    {
        var address = new Libc.sockaddr_un { family = Libc.AF_UNIX };
        _bytes.CopyTo(new Span<byte>(address.path, Libc.sockaddr_un.PathLength));
        return address;
    }
}
