using System.Diagnostics;
using System.Globalization;
using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Rootless;

/// <summary>
/// A host with a plain user who has a tunnel's file, and a server at the other end of a cable. The user is a number without a name, and has a folder and /dev/net/tun as udev
/// would give it, in a mount namespace of each of his programs: the machine is not changed.
/// </summary>
public sealed class UserWorld : IAsyncDisposable
{
    /// <summary>The user's number: another one in each run of the tests, for they look at all his processes.</summary>
    public static readonly uint User = (uint)(1_000_000 + (Environment.ProcessId % 1_000_000));

    /// <summary>The server's inner addresses.</summary>
    public const string ServerV4 = "10.78.0.1", ServerV6 = "fd78::1";

    private const int ServerPort = 51_823;
    private const string Seen = "/mnt/home", SeenPrograms = "/mnt/programs";

    /// <summary>What root prepares before a program of the user's starts: $1 are the programs under test, $2 is his folder.</summary>
    private const string Prepare =
        """
        set -e
        mount -t tmpfs tmpfs /mnt
        mkdir /mnt/programs /mnt/home
        mount --bind "$1" /mnt/programs
        mount --bind "$2" /mnt/home
        case $(stat -c %a /dev/net/tun) in *[67]) ;; *) mount -t tmpfs tmpfs /dev/net; mknod -m 666 /dev/net/tun c 10 200 ;; esac
        shift 2
        cd /mnt/home
        exec "$@"
        """;

    private readonly TestNetwork _network;
    private readonly string _folder;

    private UserWorld(TestNetwork network, NetworkNamespace host, TunnelEnd server, string folder) => (_network, Host, Server, _folder) = (network, host, server, folder);

    /// <summary>Where the user is.</summary>
    public NetworkNamespace Host { get; }

    /// <summary>The other end of his tunnel.</summary>
    public TunnelEnd Server { get; }

    /// <summary>The command under test, as the user calls it.</summary>
    public static string Cli => SeenPrograms + "/pfsvpn";

    /// <summary>What lies in the user's folder, links and sockets too.</summary>
    public IReadOnlyList<string> Files => [.. Directory.EnumerateFileSystemEntries(_folder, "*", SearchOption.AllDirectories).Select(path => path[(_folder.Length + 1)..]).Order(StringComparer.Ordinal)];

    /// <summary>The user's processes: number and command line.</summary>
    public static IReadOnlyList<(int Id, string Command)> Processes()
    {
        var found = new List<(int, string)>();
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(static path => char.IsAsciiDigit(path[6])))
        {
            try
            {
                var status = File.ReadAllText(folder + "/status");
                if (status.Contains(string.Create(CultureInfo.InvariantCulture, $"\nUid:\t{User}\t"), StringComparison.Ordinal) && !status.Contains("\nState:\tZ", StringComparison.Ordinal))
                    found.Add((int.Parse(folder.AsSpan(6), CultureInfo.InvariantCulture), File.ReadAllText(folder + "/cmdline").Replace('\0', ' ')));
            }
            catch (Exception ended) when (ended is IOException or UnauthorizedAccessException)
            {
                // It has ended meanwhile.
            }
        }
        return found;
    }

    /// <summary>Makes the hosts, the server and the user's file <c>NAME.conf</c>.</summary>
    public static async Task<UserWorld> CreateAsync(ITestOutputHelper output, string endpointHost = "10.9.0.2", string more = "")
    {
        var network = new TestNetwork(output) { LogLevel = "error" };
        var (left, right) = await network.AddTwoHostsAsync();
        var server = await network.StartAsync(Implementation.PfsVpn, right);
        var folder = Directory.CreateDirectory(TestRun.FilePath("exec-home")).FullName;
        var world = new UserWorld(network, left, server, folder);
        var key = await WireGuardKey.GenerateAsync();
        await server.ConfigureAsync(ServerPort, new PeerSettings(await WireGuardKey.PublicAsync(key), "10.78.0.2/32, fd78::2/128"));
        await server.UpAsync(1420, ServerV4 + "/24", ServerV6 + "/64");
        await File.WriteAllTextAsync(Path.Combine(folder, "home.conf"),
            $"""
            [Interface]
            PrivateKey = {key}
            Address = 10.78.0.2/24, fd78::2/64
            DNS = {ServerV4}, inner.test
            {more}
            [Peer]
            PublicKey = {server.PublicKey}
            AllowedIPs = 0.0.0.0/0, ::/0
            Endpoint = {endpointHost}:{ServerPort}

            """);
        await Shell.RunAsync("chown", "-R", $"{User}:{User}", folder);
        return world;
    }

    /// <summary>Runs a program as the user, on his host; it gets nothing on its standard input.</summary>
    public Task<ShellResult> RunAsync(params string[] words) => Host.TryRunAsync("unshare", Wrapped(words, asRoot: false), environment: Variables);

    /// <summary>Runs a program as root, in the same place.</summary>
    public Task<ShellResult> RunAsRootAsync(params string[] words) => Host.TryRunAsync("unshare", Wrapped(words, asRoot: true), environment: new Dictionary<string, string>(Variables, StringComparer.Ordinal) { ["PFSVPN_CONTROL"] = Seen + "/control" });

    /// <summary>Runs a program in the tunnel.</summary>
    public Task<ShellResult> ExecAsync(params string[] program) => RunAsync([Cli, "exec", "home.conf", "--", .. program]);

    /// <summary>Starts a program as the user, all streams pipes. The process is that of the program itself.</summary>
    public Process Start(params string[] words) => Host.Start("unshare", Wrapped(words, asRoot: false), Variables);

    public async ValueTask DisposeAsync()
    {
        await _network.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static Dictionary<string, string> Variables => new(StringComparer.Ordinal) { ["HOME"] = Seen, ["XDG_RUNTIME_DIR"] = Seen, ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin", ["LC_ALL"] = "C" };

    private string[] Wrapped(string[] words, bool asRoot)
    {
        var user = string.Create(CultureInfo.InvariantCulture, $"{User}");
        string[] become = asRoot ? [] : ["setpriv", "--reuid", user, "--regid", user, "--clear-groups"];
        return ["--mount", "sh", "-c", Prepare, "sh", AppContext.BaseDirectory, _folder, .. become, .. words];
    }
}
