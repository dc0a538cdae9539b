using System.Diagnostics;
using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Windows;

/// <summary>A Windows 10 under Wine: services, pipes, registry and disk of its own, and the network of one namespace.</summary>
/// <remarks>Its sockets are opened by Wine's server, which is started in the namespace and stays until the machine is turned off, so that services do, too.</remarks>
public sealed class WineMachine : IAsyncDisposable
{
    private readonly NetworkNamespace _host;
    private readonly string _folder;
    private readonly string _key;

    private WineMachine(NetworkNamespace host, string folder)
    {
        (_host, _folder) = (host, folder);
        _key = "Windows in " + folder;
        TestRun.Register(_key, TurnOff);
    }

    /// <summary>What runs a program in it.</summary>
    public string Launcher => Path.Combine(_folder, "wine");

    /// <summary>A new machine, turned on.</summary>
    /// <param name="host">Where its network is.</param>
    /// <param name="variables">Environment variables of all its programs and services, those of the tests' iphlpapi.dll among them, which it then has; null: it has Wine's.</param>
    public static async Task<WineMachine> StartAsync(NetworkNamespace host, IReadOnlyDictionary<string, string>? variables = null)
    {
        if (WindowsPrograms.Missing is not null) throw new InvalidOperationException("These tests must run because CI is set, but cannot: " + WindowsPrograms.Missing);
        var folder = TestRun.FilePath("windows");
        // The first of all is made with the others waiting; it takes some seconds.
        Shell.Checked(await Shell.TryRunAsync(WindowsPrograms.MachineScript, [folder], bound: TimeSpan.FromMinutes(5)));
        var machine = new WineMachine(host, folder);
        if (variables is not null) machine.Extend(variables);
        Shell.Checked(await host.TryRunAsync(Path.Combine(folder, "start"), []));
        return machine;
    }

    /// <summary>How a program of this machine calls a file of ours.</summary>
    public static string PathOf(string file) => "Z:" + Path.GetFullPath(file).Replace('/', '\\');

    /// <summary>Where a file of this machine's disk C: is here.</summary>
    public string FileOf(string path) => Path.Combine(_folder, "drive_c", path.Replace("C:\\", "", StringComparison.OrdinalIgnoreCase).Replace('\\', '/'));

    /// <summary>Starts a program: the process id is its own, and SIGINT is its Ctrl+C.</summary>
    public Process Start(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        _host.Start(Launcher, [program, .. arguments], environment);

    /// <summary>Runs a program, whatever its exit code; lines end as ours do.</summary>
    public async Task<ShellResult> TryRunAsync(
        string program, IReadOnlyList<string> arguments, string? input = null, IReadOnlyDictionary<string, string>? environment = null, TimeSpan? bound = null)
    {
        var result = await _host.TryRunAsync(Launcher, [program, .. arguments], input, environment, bound);
        return result with { Output = WithoutReturns(result.Output), Error = WithoutReturns(result.Error) };
    }

    /// <summary>Runs the published pfsvpn.exe, whatever its exit code.</summary>
    public Task<ShellResult> TryPfsvpnAsync(params IReadOnlyList<string> arguments) => TryRunAsync(Path.Combine(WindowsPrograms.Folder, "pfsvpn.exe"), arguments);

    /// <summary>Runs the published pfsvpn.exe; any exit code other than 0 is a failure.</summary>
    public async Task<string> PfsvpnAsync(params IReadOnlyList<string> arguments) => Shell.Checked(await TryPfsvpnAsync(arguments)).Output;

    /// <summary>Ends everything in it, and removes it.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.Run(TurnOff);
        TestRun.Unregister(_key);
        Directory.Delete(_folder, recursive: true);
    }

    private static string WithoutReturns(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal);

    // Its disk and registry are files while it is off.
    private void Extend(IReadOnlyDictionary<string, string> variables)
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(WindowsPrograms.Folder, "network")))
        {
            var target = FileOf(@"C:\windows\system32\" + Path.GetFileName(file));
            // A link to Wine's.
            File.Delete(target);
            File.Copy(file, target);
        }
        File.AppendAllText(Path.Combine(_folder, "user.reg"), "\n[Software\\\\Wine\\\\DllOverrides]\n\"iphlpapi\"=\"native,builtin\"\n");
        File.AppendAllText(
            Path.Combine(_folder, "system.reg"),
            $"\n[System\\\\CurrentControlSet\\\\Control\\\\Session Manager\\\\Environment]\n{string.Concat(variables.Select(static variable => $"\"{variable.Key}\"=\"{variable.Value}\"\n"))}");
    }

    private void TurnOff()
    {
        using var process = Shell.Start(Path.Combine(_folder, "stop"), []);
        process.WaitForExit(12_000);
    }
}
