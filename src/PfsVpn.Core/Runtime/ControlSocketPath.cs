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

    /// <summary>What is at the path now, links not followed; null for nothing.</summary>
    /// <exception cref="ControlSocketException">It cannot be seen.</exception>
    public ControlSocketIdentity? Look()
    {
        Libc.unix_statx_result found;
        fixed (byte* path = _bytes)
        {
            if (Libc.unix_statx(Libc.UNIX_AT_FDCWD, path, Libc.UNIX_AT_SYMLINK_NOFOLLOW, Libc.UNIX_STATX_TYPE | Libc.UNIX_STATX_INO, &found) != 0)
            {
                var errno = Marshal.GetLastPInvokeError();
                return errno == Libc.UNIX_ENOENT ? null : throw ControlSocketException.FromErrno($"Cannot look at {Path}", errno);
            }
        }
        return new ControlSocketIdentity(found.deviceMajor, found.deviceMinor, found.inode, (found.mode & Libc.UNIX_S_IFMT) == Libc.UNIX_S_IFSOCK);
    }

    /// <summary>Whether somebody listens at the path. It does not wait, and hangs up at once.</summary>
    /// <exception cref="ControlSocketException">It cannot be told.</exception>
    public bool IsAnswered()
    {
        var descriptor = NewSocket();
        try
        {
            var address = ToAddress();
            if (Libc.unix_connect(descriptor, &address, (uint)sizeof(Libc.sockaddr_un)) == 0) return true;
            return Marshal.GetLastPInvokeError() switch
            {
                // A full queue is a listener too.
                Libc.UNIX_EAGAIN => true,
                Libc.UNIX_ECONNREFUSED or Libc.UNIX_ENOENT => false,
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
        if (Libc.unix_fchmod(descriptor, 0x1C0) == 0
            && Libc.unix_bind(descriptor, &address, (uint)sizeof(Libc.sockaddr_un)) == 0
            && Libc.unix_listen(descriptor, backlog) == 0) return descriptor;
        var errno = Marshal.GetLastPInvokeError();
        _ = Libc.close(descriptor);
        throw ControlSocketException.FromErrno($"Cannot make a socket in {System.IO.Path.GetDirectoryName(Path)}", errno);
    }

    /// <summary>Gives the file at this path the name <paramref name="other"/> too. False where that exists.</summary>
    /// <exception cref="ControlSocketException">The system refuses.</exception>
    public bool TryLink(ControlSocketPath other)
    {
        fixed (byte* from = _bytes, to = other._bytes)
            if (Libc.unix_link(from, to) == 0) return true;
        var errno = Marshal.GetLastPInvokeError();
        return errno == Libc.UNIX_EEXIST ? false : throw ControlSocketException.FromErrno($"Cannot make {other.Path}", errno);
    }

    /// <summary>Moves the file to <paramref name="other"/>. False where it has gone.</summary>
    /// <exception cref="ControlSocketException">The system refuses.</exception>
    public bool TryMove(ControlSocketPath other)
    {
        fixed (byte* from = _bytes, to = other._bytes)
            if (Libc.unix_rename(from, to) == 0) return true;
        var errno = Marshal.GetLastPInvokeError();
        return errno == Libc.UNIX_ENOENT ? false : throw ControlSocketException.FromErrno($"Cannot move {Path} away", errno);
    }

    /// <summary>Removes the name. Says nothing where it cannot.</summary>
    public void Unlink()
    {
        fixed (byte* path = _bytes) _ = Libc.unix_unlink(path);
    }

    /// <inheritdoc/>
    public override string ToString() => Path;

    private static int NewSocket()
    {
        var descriptor = Libc.unix_socket(Libc.UNIX_AF_UNIX, Libc.UNIX_SOCK_STREAM | Libc.UNIX_SOCK_NONBLOCK | Libc.UNIX_SOCK_CLOEXEC, 0);
        return descriptor >= 0 ? descriptor : throw ControlSocketException.FromErrno("Cannot make a unix socket", Marshal.GetLastPInvokeError());
    }

    private Libc.sockaddr_un ToAddress()
    {
        var address = new Libc.sockaddr_un { family = Libc.UNIX_AF_UNIX };
        _bytes.CopyTo(new Span<byte>(address.path, Libc.sockaddr_un.PathLength));
        return address;
    }
}
