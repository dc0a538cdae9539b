using PfsVpn.Cli.Commands;
using PfsVpn.Cli.Input;
using PfsVpn.Cli.Output;

namespace PfsVpn.Cli.Provision;

/// <summary>Where a server's file and those of its clients are, and the lock that keeps two runs from changing them at once.</summary>
internal sealed class ServerFolder : IDisposable
{
    private const string Suffix = "-clients";
    private readonly int _descriptor;

    private ServerFolder(string path, int descriptor) => (Path, _descriptor) = (path, descriptor);

    /// <summary>The folder of the clients' files.</summary>
    public string Path { get; }

    /// <summary>The folder for a server's clients.</summary>
    public static string Of(string server, string directory) => System.IO.Path.Combine(directory, server + Suffix);

    /// <summary>The servers of <paramref name="directory"/> that this program made, or made clients for, in order.</summary>
    public static List<string> Servers(string directory)
    {
        if (!Directory.Exists(directory)) return [];
        try
        {
            var names = Directory.EnumerateDirectories(directory, "*" + Suffix).Select(static path => System.IO.Path.GetFileName(path)[..^Suffix.Length])
                .Where(name => File.Exists(TunnelFileReader.PathOf(name, directory))).ToList();
            names.Sort(StringComparer.Ordinal);
            return names;
        }
        catch (UnauthorizedAccessException)
        {
            throw new CliException($"{directory}: Permission denied; run this as root, or say another place with --directory");
        }
    }

    /// <summary>The server that is meant where none was named: the only one.</summary>
    /// <exception cref="CliException">There is none, or more than one.</exception>
    public static string OnlyServer(string directory) => Servers(directory) switch
    {
        [var one] => one,
        [] => throw new CliException($"There is no server in {directory}; make one first: pfsvpn new server wg0 --endpoint HOST"),
        var several => throw new UsageException($"Which server: {string.Join(", ", several)}?"),
    };

    /// <summary>Makes the folder where there is none, and waits until no other run is at it. The caller disposes the result.</summary>
    public static ServerFolder Lock(string server, string directory)
    {
        var path = Of(server, directory);
        PrivateFile.CreateFolder(path);
        var descriptor = NativeLock.WaitFor(path);
        return descriptor >= 0 ? new ServerFolder(path, descriptor) : throw new CliException($"{path}: {NativeFile.Describe(-descriptor)}");
    }

    /// <summary>The file of a client.</summary>
    public string FileOf(string client) => System.IO.Path.Combine(Path, client + ".conf");

    /// <summary>Lets the next run at it.</summary>
    public void Dispose() => NativeFile.Close(_descriptor);
}
