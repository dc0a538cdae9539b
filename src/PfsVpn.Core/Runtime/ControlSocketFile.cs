using System.Globalization;
using System.Runtime.InteropServices;
using PfsVpn.Interop;

namespace PfsVpn.Runtime;

/// <summary>The listening control socket of an interface and its file, <c>/var/run/wireguard/NAME.sock</c>.</summary>
/// <remarks>
/// References: https://www.wireguard.com/xplatform/; mode 0700 in a directory of mode 0755, as wireguard-go has it.
/// The file gets its final name only when the socket listens already: <c>wg</c> deletes a socket that does not answer, and may look at any moment.
/// Threading: one thread at a time. Ownership: owns the descriptor and the file; <see cref="Dispose"/> removes the file only where it is still this very one.
/// </remarks>
internal sealed unsafe class ControlSocketFile : IDisposable
{
    private const int Backlog = 64;
    private const int Attempts = 16;

    private readonly ControlSocketPath? _path;
    private readonly ControlSocketIdentity? _identity;
    private bool _disposed;

    private ControlSocketFile(int descriptor, ControlSocketPath? path, ControlSocketIdentity? identity, bool replacedStale)
    {
        Descriptor = descriptor;
        _path = path;
        _identity = identity;
        ReplacedStale = replacedStale;
    }

    /// <summary>The listening descriptor: non-blocking, closed on exec.</summary>
    public int Descriptor { get; }

    /// <summary>The file's path, or null where a descriptor was handed over that has none.</summary>
    public string? Path => _path?.Path;

    /// <summary>Whether a socket that nobody listened on was in the way and has been replaced.</summary>
    public bool ReplacedStale { get; }

    /// <summary>Makes the socket of <paramref name="interfaceName"/>; a stale one is replaced.</summary>
    /// <exception cref="ControlSocketException">A live daemon has it, or the system refuses; the message says what to do.</exception>
    public static ControlSocketFile Open(string interfaceName, string directory)
    {
        CheckName(interfaceName);
        MakeDirectory(directory);
        var path = PathOf(interfaceName, directory);
        // No name that ends in .sock: wg does not take it for an interface.
        var fresh = new ControlSocketPath(string.Create(CultureInfo.InvariantCulture, $"{directory}/.{interfaceName}.{Environment.ProcessId}.new"));
        fresh.Unlink();
        var descriptor = fresh.BindAndListen(Backlog);
        try
        {
            var replacedStale = GiveName(fresh, path);
            return new ControlSocketFile(descriptor, path, fresh.Look(), replacedStale);
        }
        catch
        {
            _ = Libc.close(descriptor);
            throw;
        }
        finally
        {
            fresh.Unlink();
        }
    }

    /// <summary>Takes over a listening socket that another process made (WG_UAPI_FD), and its file where it has one.</summary>
    /// <exception cref="ControlSocketException">It is not a listening unix stream socket.</exception>
    public static ControlSocketFile Adopt(int descriptor)
    {
        if (Option(descriptor, Libc.SO_DOMAIN) != Libc.AF_UNIX || Option(descriptor, Libc.SO_TYPE) != Libc.SOCK_STREAM || Option(descriptor, Libc.SO_ACCEPTCONN) != 1)
            throw new ControlSocketException(string.Create(CultureInfo.InvariantCulture,
                $"Descriptor {descriptor} is not a listening unix stream socket. Give WG_UAPI_FD the number of one, or leave it out."));
        var flags = Libc.fcntl(descriptor, Libc.F_GETFL, 0);
        if (Libc.fcntl(descriptor, Libc.F_SETFL, flags | Libc.O_NONBLOCK) != 0
            || Libc.fcntl(descriptor, Libc.F_SETFD, Libc.FD_CLOEXEC) != 0)
            throw ControlSocketException.FromErrno("Cannot set up the control socket that was handed over", Marshal.GetLastPInvokeError());
        var path = ControlSocketPath.Of(descriptor);
        return path?.Look() is { IsSocket: true } identity
            ? new ControlSocketFile(descriptor, path, identity, replacedStale: false)
            : new ControlSocketFile(descriptor, null, null, replacedStale: false);
    }

    /// <summary>Whether the file is still at its path, and still this socket's.</summary>
    public bool IsInPlace()
    {
        try
        {
            return _path is null || _path.Look() == _identity;
        }
        catch (ControlSocketException)
        {
            // The directory has become unreachable; the socket may still be there.
            return true;
        }
    }

    /// <summary>Removes the file where it is this socket's, and closes the socket.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        if (_path is not null && IsInPlace()) _path.Unlink();
        _ = Libc.close(Descriptor);
    }

    /// <summary>Gives the listening socket its name, and says whether a stale one had to go for it.</summary>
    private static bool GiveName(ControlSocketPath fresh, ControlSocketPath path)
    {
        var aside = new ControlSocketPath(System.IO.Path.ChangeExtension(fresh.Path, ".old"));
        var replaced = false;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (fresh.TryLink(path)) return replaced;
            if (path.Look() is not { } found) continue;
            if (!found.IsSocket) throw new ControlSocketException($"{path} exists and is not a socket. Remove it, then start again.");
            if (path.IsAnswered()) throw InUse(path);
            // Between the look and the removal another daemon may have put a live socket there: so it is moved, looked at again, and put back if it is one.
            if (!path.TryMove(aside)) continue;
            if (aside.IsAnswered())
            {
                aside.TryLink(path);
                aside.Unlink();
                throw InUse(path);
            }
            aside.Unlink();
            replaced = true;
        }
        throw InUse(path);
    }

    private static ControlSocketException InUse(ControlSocketPath path) =>
        new($"{path} is in use: a daemon already serves this interface. Stop it (or delete its socket), or choose another interface name.");

    private static void CheckName(string interfaceName)
    {
        if (interfaceName.Length == 0 || interfaceName is "." or ".." || interfaceName.AsSpan().IndexOfAny('/', '\0') >= 0)
            throw new ControlSocketException($"'{interfaceName}' cannot be the name of an interface.");
    }

    private static ControlSocketPath PathOf(string interfaceName, string directory) => new($"{directory}/{interfaceName}.sock");

    private static void MakeDirectory(string directory)
    {
        if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException("The control socket is a unix socket; Windows has a named pipe in its place.");
        try
        {
            const UnixFileMode ReadAndPass = UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute
                | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
            Directory.CreateDirectory(directory, ReadAndPass | UnixFileMode.UserWrite);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ControlSocketException($"Cannot make the directory {directory} for the control socket: {exception.Message}");
        }
    }

    private static int Option(int descriptor, int name)
    {
        int value;
        uint length = sizeof(int);
        return Libc.getsockopt(descriptor, Libc.SOL_SOCKET, name, &value, &length) == 0 ? value : -1;
    }
}
