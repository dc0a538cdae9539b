using System.Globalization;
using PfsVpn.Cli.Control;
using PfsVpn.Interop;

namespace PfsVpn.Cli.Rootless;

/// <summary>Where control sockets are: one folder for root's, as <c>wg</c> wants it, and for a plain user one that nobody else can look into.</summary>
internal static unsafe class ControlPlace
{
    /// <summary>Names another folder.</summary>
    public const string Variable = "PFSVPN_CONTROL";

    /// <summary>Where commands look for tunnels: a plain user's own folder as soon as it exists, which is as long as he has one.</summary>
    public static string Find(Func<string, string?> variable, uint user)
    {
        if (variable(Variable) is { Length: > 0 } named) return named;
        if (user == 0) return ControlSocket.DefaultDirectory;
        var own = OwnDirectory(variable, user);
        return Directory.Exists(own) ? own : ControlSocket.DefaultDirectory;
    }

    /// <summary>Makes the folder for a tunnel's socket where it is not there, and returns its path.</summary>
    /// <exception cref="CliException">It cannot be made, or others can get at it.</exception>
    public static string Make(Func<string, string?> variable, uint user)
    {
        var path = variable(Variable) is { Length: > 0 } named ? Path.GetFullPath(named) : user == 0 ? ControlSocket.DefaultDirectory : OwnDirectory(variable, user);
        const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException("exec is built on Linux' namespaces.");
        try
        {
            Directory.CreateDirectory(path, path == ControlSocket.DefaultDirectory ? Own | Others : Own);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"the folder {path} for the control socket cannot be made: {refused.Message}", ExecCommand.OwnFailure);
        }
        if (!IsOwn(path, user))
            throw new CliException($"the folder {path} for the control socket is not only this user's; set {Variable} to one of your own", ExecCommand.OwnFailure);
        return path;
    }

    /// <summary>Removes a plain user's own folder when nothing is in it any more; one that the user has named stays.</summary>
    public static void Leave(string path, Func<string, string?> variable, uint user)
    {
        if (user == 0 || path != OwnDirectory(variable, user)) return;
        try
        {
            Directory.Delete(path);
        }
        catch (Exception busy) when (busy is IOException or UnauthorizedAccessException)
        {
            // Another tunnel lives in it, or it has gone already.
        }
    }

    private static string OwnDirectory(Func<string, string?> variable, uint user)
    {
        // It may be that of another user: su keeps the variable.
        if (variable("XDG_RUNTIME_DIR") is { Length: > 0 } runtime && runtime.StartsWith('/') && IsOwn(runtime, user)) return Path.Join(runtime, "pfsvpn");
        return string.Create(CultureInfo.InvariantCulture, $"/tmp/pfsvpn-{user}");
    }

    /// <summary>Whether this is a folder of the user that no one else may write to. Only root's may be reached by a link: /var/run is one.</summary>
    private static bool IsOwn(string path, uint user)
    {
        const ushort S_IFDIR = 0x4000, WritableByOthers = 0x12;
        Libc.statx_result found;
        fixed (byte* name = NativeFile.Terminated(path))
        {
            var flags = user == 0 ? 0 : Libc.AT_SYMLINK_NOFOLLOW;
            if (Libc.statx(Libc.AT_FDCWD, name, flags, Libc.STATX_TYPE | Libc.STATX_MODE | Libc.STATX_UID, &found) != 0) return false;
        }
        return (found.mode & Libc.S_IFMT) == S_IFDIR && found.owner == user && (found.mode & WritableByOthers) == 0;
    }
}
