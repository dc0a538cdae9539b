using System.Diagnostics;
using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Windows;

/// <summary>A namespace as a Windows host: pfsvpnd.exe runs in a <see cref="WineMachine"/> of it, and its adapter is a TUN interface of the namespace with the same name.</summary>
public sealed class WindowsHost : IEndTools, IAsyncDisposable
{
    private readonly NetworkNamespace _host;
    private readonly Journal _journal;
    private readonly Dictionary<string, WintunWire> _wires = new(StringComparer.Ordinal);

    private WindowsHost(NetworkNamespace host, Journal journal, WineMachine machine) => (_host, _journal, Machine) = (host, journal, machine);

    /// <summary>The machine.</summary>
    public WineMachine Machine { get; }

    /// <summary>Its addresses, routes and name servers; null where its programs cannot change any.</summary>
    internal WindowsNetwork? Network { get; private init; }

    /// <inheritdoc/>
    public int EndSignal => Syscalls.SIGINT;

    /// <summary>Turns a machine on in the namespace.</summary>
    public static async Task<WindowsHost> StartAsync(NetworkNamespace host, Journal journal) => new(host, journal, await WineMachine.StartAsync(host));

    /// <summary>Turns a machine on whose programs can change addresses and routes: those of the namespace. It has one tunnel, of this name.</summary>
    public static async Task<WindowsHost> StartAsync(NetworkNamespace host, Journal journal, string tunnel)
    {
        var network = new WindowsNetwork(host, tunnel, journal);
        var wire = new WintunWire(host, tunnel, journal, network.Plug);
        var variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["PFSVPN_TEST_WINTUN"] = wire.Address, ["PFSVPN_TEST_NETWORK"] = network.Address };
        var made = new WindowsHost(host, journal, await WineMachine.StartAsync(host, variables)) { Network = network };
        made._wires.Add(tunnel, wire);
        return made;
    }

    /// <inheritdoc/>
    public Process Start(string interfaceName, IReadOnlyDictionary<string, string> environment) => Start(interfaceName, environment, WindowsPrograms.Folder);

    /// <summary>Starts the daemon out of a folder.</summary>
    public Process Start(string interfaceName, IReadOnlyDictionary<string, string> environment, string programs)
    {
        Remove(interfaceName);
        var wire = new WintunWire(_host, interfaceName, _journal);
        _wires.Add(interfaceName, wire);
        var all = new Dictionary<string, string>(environment, StringComparer.Ordinal) { ["PFSVPN_TEST_WINTUN"] = wire.Address };
        return Machine.Start(Path.Combine(programs, "pfsvpnd.exe"), [interfaceName], all);
    }

    /// <summary>The wire of an interface's adapter.</summary>
    internal WintunWire WireOf(string interfaceName) => _wires[interfaceName];

    /// <inheritdoc/>
    public async Task<bool> IsAnsweringAsync(string interfaceName) => (await Machine.TryPfsvpnAsync("show", interfaceName, "listen-port")).ExitCode == 0;

    /// <inheritdoc/>
    public Task<ShellResult> RunAsync(params IReadOnlyList<string> words) => Machine.TryPfsvpnAsync(words);

    /// <inheritdoc/>
    public Task<ShellResult> RunOwnAsync(params IReadOnlyList<string> words) => Machine.TryPfsvpnAsync(words);

    /// <inheritdoc/>
    public async Task<ShellResult> RunWithFileAsync(string text, params IReadOnlyList<string> words)
    {
        var file = TestRun.FilePath("text");
        await File.WriteAllTextAsync(file, text);
        try
        {
            return await Machine.TryPfsvpnAsync([.. words, WineMachine.PathOf(file)]);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <inheritdoc/>
    public void Remove(string interfaceName)
    {
        if (_wires.Remove(interfaceName, out var wire)) wire.Dispose();
    }

    /// <summary>Turns the machine off; its daemons have ended.</summary>
    public async ValueTask DisposeAsync()
    {
        await Machine.DisposeAsync();
        foreach (var wire in _wires.Values) wire.Dispose();
        Network?.Dispose();
    }
}
