using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace PfsVpn.SystemTests.Harness;

/// <summary>A network namespace: a host of its own, as far as the network goes.</summary>
public sealed class NetworkNamespace
{
    private readonly Journal _journal;

    internal NetworkNamespace(string name, string role, Journal journal) => (Name, Role, _journal) = (name, role, journal);

    /// <summary>The name that `ip netns` knows it by.</summary>
    public string Name { get; }

    /// <summary>What it is in the test.</summary>
    public string Role { get; }

    private string FilePath => "/run/netns/" + Name;

    /// <summary>Runs a program in it; any exit code other than 0 is a failure.</summary>
    public async Task<string> RunAsync(string program, params string[] arguments) => Shell.Checked(await TryRunAsync(program, arguments)).Output;

    /// <summary>Runs a program in it, whatever its exit code.</summary>
    public async Task<ShellResult> TryRunAsync(
        string program, IReadOnlyList<string> arguments, string? input = null, IReadOnlyDictionary<string, string>? environment = null, TimeSpan? bound = null)
    {
        var result = await Shell.TryRunAsync("nsenter", ["--net=" + FilePath, program, .. arguments], input, environment, bound);
        _journal.Add(Role, $"$ {program} {string.Join(' ', arguments)}{(result.ExitCode == 0 ? "" : $" (exit code {result.ExitCode}) {result.Error.Trim()}")}");
        return result;
    }

    /// <summary>`ip` with the words of one line.</summary>
    public Task<string> IpAsync(string words) => RunAsync("ip", words.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Sets kernel parameters of this namespace, each "name=value".</summary>
    public Task<string> SysctlAsync(params string[] settings) => RunAsync("sysctl", ["-qw", .. settings]);

    /// <summary>Loads an nftables rule set.</summary>
    public async Task NftAsync(string rules) => Shell.Checked(await TryRunAsync("nft", ["-f", "-"], rules));

    /// <summary>Starts a program in it, all its streams pipes.</summary>
    public Process Start(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        _journal.Add(Role, $"$ {program} {string.Join(' ', arguments)} &");
        return Shell.Start("nsenter", ["--net=" + FilePath, program, .. arguments], environment);
    }

    /// <summary>Runs <paramref name="action"/> on a thread of its own inside the namespace. A socket made there stays in it wherever it is used.</summary>
    public T Inside<T>(Func<T> action)
    {
        T? result = default;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                using var file = File.OpenHandle(FilePath);
                Syscalls.EnterNetworkNamespace(file);
                result = action();
            }
            catch (Exception e) when (e is SocketException or IOException or InvalidOperationException)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        return failure is null ? result! : throw new InvalidOperationException($"in namespace {Role}: {failure.Message}", failure);
    }

    /// <summary>A UDP socket in the namespace, bound to an address and port (0: any).</summary>
    public Socket OpenUdp(IPAddress address, int port = 0) => Inside(() =>
    {
        var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(address, port));
        return socket;
    });

    /// <summary>The bytes or packets of an interface: a file of /sys/class/net/NAME/statistics, which is read through netlink so that it is this namespace's.</summary>
    public async Task<long> StatisticAsync(string link, string group, string counter)
    {
        var json = await RunAsync("ip", "-s", "-j", "link", "show", "dev", link);
        using var document = System.Text.Json.JsonDocument.Parse(json);
        return document.RootElement[0].GetProperty("stats64").GetProperty(group).GetProperty(counter).GetInt64();
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Role} ({Name})");
}
