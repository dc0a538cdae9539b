namespace PfsVpn.SystemTests.Harness;

/// <summary>A userspace WireGuard program with the command line of wireguard-go.</summary>
public enum Implementation
{
    /// <summary>pfsvpnd, out of the build.</summary>
    PfsVpn,

    /// <summary>wireguard-go, fetched by tests/peers/wireguard-go.sh.</summary>
    WireGuardGo,

    /// <summary>pfsvpnd.exe, published, in a Windows under Wine.</summary>
    Windows,
}

/// <summary>Where the programs are.</summary>
public static class Programs
{
    private static readonly Lazy<string> FetchedWireGuardGo = new(FetchWireGuardGo);

    /// <summary>The build's pfsvpnd, which the project reference puts beside the tests, or the one that <c>PFSVPN_DAEMON</c> names: a published one.</summary>
    public static string Daemon { get; } = Environment.GetEnvironmentVariable("PFSVPN_DAEMON") is { Length: > 0 } path
        ? Path.GetFullPath(path)
        : Path.Combine(AppContext.BaseDirectory, "pfsvpnd");

    /// <summary>The build's pfsvpn.</summary>
    public static string Cli { get; } = Path.Combine(AppContext.BaseDirectory, "pfsvpn");

    /// <summary>The folder of the scripts that fetch peers.</summary>
    public static string PeerScripts { get; } = FindPeerScripts();

    /// <summary>The program of an implementation.</summary>
    public static string PathOf(Implementation implementation) => implementation switch
    {
        Implementation.PfsVpn => File.Exists(Daemon) ? Daemon : throw new InvalidOperationException($"{Daemon} is not there: build src/PfsVpn.Daemon"),
        _ => FetchedWireGuardGo.Value,
    };

    private static string FetchWireGuardGo()
    {
        using var process = Shell.Start(Path.Combine(PeerScripts, "wireguard-go.sh"), []);
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var path = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        return process.ExitCode == 0 ? path : throw new InvalidOperationException("wireguard-go cannot be had: " + error.Result);
    }

    private static string FindPeerScripts()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var scripts = Path.Combine(folder.FullName, "tests", "peers");
            if (Directory.Exists(scripts)) return scripts;
        }
        throw new InvalidOperationException("tests/peers is not above " + AppContext.BaseDirectory);
    }
}
