using System.Diagnostics;

namespace PfsVpn.PeerBench;

/// <summary>A network namespace that is removed with everything in it when it is disposed.</summary>
internal sealed class NetworkNamespace : IDisposable
{
    private NetworkNamespace(string name) => Name = name;

    /// <summary>The name that `ip netns` knows it by.</summary>
    public string Name { get; }

    private string[] Enter => ["--net=/run/netns/" + Name];

    /// <summary>Makes it, with its loopback up and IPv6 on.</summary>
    public static async Task<NetworkNamespace> CreateAsync(string name, CancellationToken stop)
    {
        await Shell.RunAsync("ip", ["netns", "add", name], Shell.Short, stop);
        var created = new NetworkNamespace(name);
        await created.RunAsync("sh", ["-c", "echo 0 >/proc/sys/net/ipv6/conf/all/disable_ipv6; echo 0 >/proc/sys/net/ipv6/conf/default/disable_ipv6; ip link set lo up"], Shell.Short, stop);
        return created;
    }

    /// <summary>Runs a program in it.</summary>
    public Task<string> RunAsync(string program, IReadOnlyList<string> arguments, TimeSpan bound, CancellationToken stop, string? input = null) =>
        Shell.RunAsync("nsenter", [.. Enter, program, .. arguments], bound, stop, input);

    /// <summary>`ip` with the words of one line.</summary>
    public Task<string> IpAsync(string words, CancellationToken stop) => RunAsync("ip", words.Split(' '), Shell.Short, stop);

    /// <summary>Starts a program in it. nsenter becomes the program, so the process id is the program's.</summary>
    public Process Start(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        Shell.Start("nsenter", [.. Enter, program, .. arguments], environment);

    public void Dispose()
    {
        try
        {
            Shell.RunAsync("ip", ["netns", "delete", Name], Shell.Short, CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (BenchException e)
        {
            Console.Error.WriteLine("clean-up: " + e.Message);
        }
    }
}
