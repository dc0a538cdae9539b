using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Windows;

/// <summary>One machine for all tests of a class that leave nothing behind in it; made for the first of them.</summary>
public sealed class WindowsDesk : IAsyncLifetime
{
    private readonly Lazy<Task<(TestNetwork Network, WindowsHost Host)>> _made = new(MakeAsync);

    /// <summary>The machine.</summary>
    public async Task<WindowsHost> HostAsync() => (await _made.Value).Host;

    /// <summary>Runs pfsvpn.exe, whatever its exit code.</summary>
    public async Task<ShellResult> TryPfsvpnAsync(string? input, params IReadOnlyList<string> arguments) =>
        await (await HostAsync()).Machine.TryRunAsync(Path.Combine(WindowsPrograms.Folder, "pfsvpn.exe"), arguments, input);

    /// <summary>Runs pfsvpn.exe; any exit code other than 0 is a failure.</summary>
    public async Task<string> PfsvpnAsync(params IReadOnlyList<string> arguments) => Shell.Checked(await TryPfsvpnAsync(null, arguments)).Output;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_made.IsValueCreated) await (await _made.Value).Network.DisposeAsync();
    }

    private static async Task<(TestNetwork Network, WindowsHost Host)> MakeAsync()
    {
        var network = new TestNetwork(new Silence());
        return (network, await network.AddWindowsAsync(await network.AddNamespaceAsync("desk")));
    }

    private sealed class Silence : ITestOutputHelper
    {
        public void WriteLine(string message)
        {
            // The tests' own messages have in them what a program said.
        }

        public void WriteLine(string format, params object[] args)
        {
            // The same.
        }
    }
}
