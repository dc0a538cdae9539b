using PfsVpn.Cli.Control;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Cli.Windows.Native;

/// <summary>What a control socket is on Windows: a named pipe of the interface's name, in a place where only administrators can make one.</summary>
/// <remarks>
/// References: https://www.wireguard.com/xplatform/; Microsoft's pages CreateFileW, Pipe Names, GetSecurityInfo. Safety: the pipe's owner is asked for before anything is written into it: what is neither the
/// system's nor the administrators' could be anybody's, and a private key is about to go there. A server can see who asks, but not act as him.
/// </remarks>
internal static unsafe class ControlPipe
{
    /// <summary>Where <c>wg</c> looks for pipes.</summary>
    public const string DefaultPrefix = AllPipes + @"ProtectedPrefix\Administrators\WireGuard\";

    private const string AllPipes = @"\\.\pipe\";
    private const uint LongestWait = 2000;

    /// <summary>The pipe of an interface.</summary>
    public static string PathOf(string prefix, string name) => prefix.EndsWith('\\') ? prefix + name : $@"{prefix}\{name}";

    /// <summary>The names of all interfaces that have a pipe. Where the system does not list pipes, those that the program remembers.</summary>
    public static IEnumerable<string> List(string prefix)
    {
        try
        {
            return NamesOf(Directory.EnumerateFiles(AllPipes).ToList(), PathOf(prefix, ""));
        }
        catch (Exception unlisted) when (unlisted is IOException or UnauthorizedAccessException)
        {
            var state = WindowsPlaces.State;
            return Directory.Exists(state) ? Directory.EnumerateDirectories(state).Select(static path => Path.GetFileName(path)) : [];
        }
    }

    /// <summary>The interfaces among the paths of all pipes.</summary>
    internal static IEnumerable<string> NamesOf(IEnumerable<string> paths, string prefix) =>
        paths.Where(path => path.Length > prefix.Length && path.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)).Select(path => path[prefix.Length..]).Where(static name => !name.Contains('\\'));

    /// <summary>Connects. Returns a descriptor or a negative errno.</summary>
    /// <param name="path">The pipe.</param>
    /// <param name="flags">FILE_FLAG_OVERLAPPED, or 0.</param>
    /// <exception cref="ControlException">The pipe is not one that a daemon of this machine's administrators made.</exception>
    public static int Connect(string path, uint flags = 0)
    {
        var descriptor = Open(path, flags);
        if (descriptor < 0 || IsTrusted(descriptor)) return descriptor;
        WindowsFile.Close(descriptor);
        throw new ControlException(NativeFile.EACCES, $"{path} belongs neither to the system nor to administrators: it is not used. End the program that made it");
    }

    private static int Open(string path, uint flags)
    {
        const uint Access = Kernel32.GENERIC_READ | Kernel32.GENERIC_WRITE;
        flags |= Kernel32.SECURITY_SQOS_PRESENT | Kernel32.SECURITY_IDENTIFICATION;
        var descriptor = WindowsFile.Open(path, Access, 0, Kernel32.OPEN_EXISTING, flags);
        if (descriptor != -WindowsError.Of(Kernel32.ERROR_PIPE_BUSY)) return descriptor;
        // All its instances are taken for the moment.
        fixed (char* name = path) _ = Kernel32.WaitNamedPipeW(name, LongestWait);
        return WindowsFile.Open(path, Access, 0, Kernel32.OPEN_EXISTING, flags);
    }

    private static bool IsTrusted(int descriptor)
    {
        void* owner;
        nint security;
        if (Advapi32.GetSecurityInfo(descriptor, Advapi32.SE_FILE_OBJECT, Advapi32.OWNER_SECURITY_INFORMATION, &owner, null, null, null, &security) != 0) return false;
        var isTrusted = Advapi32.IsWellKnownSid(owner, Advapi32.WinLocalSystemSid) != 0 || Advapi32.IsWellKnownSid(owner, Advapi32.WinBuiltinAdministratorsSid) != 0;
        _ = Kernel32.LocalFree(security);
        return isTrusted;
    }
}
