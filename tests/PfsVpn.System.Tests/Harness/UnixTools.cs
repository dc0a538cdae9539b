using System.Diagnostics;

namespace PfsVpn.SystemTests.Harness;

/// <summary>A daemon with the command line of wireguard-go, and the stock `wg`, both in one namespace.</summary>
internal sealed class UnixTools(Implementation implementation, NetworkNamespace host) : IEndTools
{
    /// <summary>A program and its arguments that become the daemon: <c>unshare</c>; none for none.</summary>
    public IReadOnlyList<string> Wrapper { get; init; } = [];

    /// <inheritdoc/>
    public int EndSignal => Syscalls.SIGTERM;

    /// <inheritdoc/>
    public Process Start(string interfaceName, IReadOnlyDictionary<string, string> environment)
    {
        string[] command = [.. Wrapper, Programs.PathOf(implementation), "-f", interfaceName];
        return host.Start(command[0], command[1..], environment);
    }

    /// <inheritdoc/>
    /// <remarks>Not by asking `wg`: it deletes a socket that is bound but does not listen yet, and wireguard-go then ends.</remarks>
    public Task<bool> IsAnsweringAsync(string interfaceName) => ControlSocket.IsAnsweringAsync(interfaceName);

    /// <inheritdoc/>
    public Task<ShellResult> RunAsync(params IReadOnlyList<string> words) => host.TryRunAsync("wg", words);

    /// <inheritdoc/>
    public Task<ShellResult> RunOwnAsync(params IReadOnlyList<string> words) => host.TryRunAsync(Programs.Cli, words);

    /// <inheritdoc/>
    public Task<ShellResult> RunWithFileAsync(string text, params IReadOnlyList<string> words) => host.TryRunAsync("wg", [.. words, "/dev/stdin"], text);

    /// <inheritdoc/>
    public void Remove(string interfaceName) => File.Delete(ControlSocket.PathOf(interfaceName));
}
