using PfsVpn.SystemTests.Windows;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Harness;

/// <summary>Namespaces joined by veth pairs, for one test. Disposing it ends its daemons and removes its namespaces with all links in them.</summary>
public sealed class TestNetwork : IAsyncDisposable
{
    private readonly List<NetworkNamespace> _namespaces = [];
    private readonly List<TunnelEnd> _ends = [];
    private readonly List<WindowsHost> _windows = [];

    public TestNetwork(ITestOutputHelper output)
    {
        Journal = new Journal(output);
        Requirements.Demand();
    }

    /// <summary>What happened, for the test's output.</summary>
    public Journal Journal { get; }

    /// <summary>LOG_LEVEL of the daemons. A flood in the log of every packet would be a test of the log.</summary>
    public string LogLevel { get; init; } = "verbose";

    /// <summary>Further environment variables of the daemons.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>A new namespace with its loopback up, and without duplicate address detection, which would delay each IPv6 address by a second.</summary>
    public async Task<NetworkNamespace> AddNamespaceAsync(string role, bool ipv6 = true)
    {
        var name = TestRun.NamespaceName(role);
        TestRun.Register(name, () => Remove(name));
        await Shell.RunAsync("ip", "netns", "add", name);
        var added = new NetworkNamespace(name, role, Journal);
        _namespaces.Add(added);
        string[] settings = ["net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.default.router_solicitations=0"];
        await added.SysctlAsync(ipv6 ? settings : ["net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1"]);
        await added.IpAsync("link set lo up");
        return added;
    }

    /// <summary>Joins two namespaces by a veth pair named <paramref name="link"/> on both sides, up, without addresses.</summary>
    public static async Task ConnectAsync(NetworkNamespace first, NetworkNamespace second, string link, int mtu = 1500)
    {
        await Shell.RunAsync("ip", "link", "add", link, "mtu", $"{mtu}", "netns", first.Name, "type", "veth", "peer", "name", link, "mtu", $"{mtu}", "netns", second.Name);
        await first.IpAsync($"link set {link} up");
        await second.IpAsync($"link set {link} up");
    }

    /// <summary>The usual two hosts: `eth0` with 10.9.0.1 and fd09::1 on the left, 10.9.0.2 and fd09::2 on the right.</summary>
    public async Task<(NetworkNamespace Left, NetworkNamespace Right)> AddTwoHostsAsync(int mtu = 1500)
    {
        var left = await AddNamespaceAsync("left");
        var right = await AddNamespaceAsync("right");
        await ConnectAsync(left, right, "eth0", mtu);
        await AddAddressesAsync(left, "eth0", "10.9.0.1/24", "fd09::1/64");
        await AddAddressesAsync(right, "eth0", "10.9.0.2/24", "fd09::2/64");
        return (left, right);
    }

    /// <summary>The usual two hosts with a router between them: `eth0` from 10.8.0.1 and fd08::1 on the left to 10.8.0.254, `eth1` from 10.9.0.254 to 10.9.0.2 and fd09::2 on the right.</summary>
    public async Task<(NetworkNamespace Left, NetworkNamespace Router, NetworkNamespace Right)> AddRoutedHostsAsync(int farMtu = 1500)
    {
        var (left, router, right) = (await AddNamespaceAsync("left"), await AddNamespaceAsync("router"), await AddNamespaceAsync("right"));
        await ConnectAsync(left, router, "eth0");
        await ConnectAsync(router, right, "eth1", farMtu);
        await AddAddressesAsync(left, "eth0", "10.8.0.1/24", "fd08::1/64");
        await AddAddressesAsync(router, "eth0", "10.8.0.254/24", "fd08::fe/64");
        await AddAddressesAsync(router, "eth1", "10.9.0.254/24", "fd09::fe/64");
        await AddAddressesAsync(right, "eth1", "10.9.0.2/24", "fd09::2/64");
        await left.IpAsync("route add 10.9.0.0/24 via 10.8.0.254");
        await left.IpAsync("route add fd09::/64 via fd08::fe");
        await right.IpAsync("route add 10.8.0.0/24 via 10.9.0.254");
        await right.IpAsync("route add fd08::/64 via fd09::fe");
        await router.SysctlAsync("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");
        return (left, router, right);
    }

    /// <summary>Adds addresses with their prefix lengths.</summary>
    public static async Task AddAddressesAsync(NetworkNamespace host, string link, params string[] addresses)
    {
        foreach (var address in addresses)
            await host.IpAsync($"address add {address} dev {link}{(address.Contains(':', StringComparison.Ordinal) ? " nodad" : "")}");
    }

    /// <summary>Starts a WireGuard implementation in a namespace; its interface has keys of its own and nothing else yet.</summary>
    public async Task<TunnelEnd> StartAsync(Implementation implementation, NetworkNamespace host, bool withoutIpv6 = false, IReadOnlyList<string>? wrapper = null)
    {
        IEndTools tools = implementation == Implementation.Windows ? await AddWindowsAsync(host) : new UnixTools(implementation, host) { Wrapper = wrapper ?? [] };
        var end = await TunnelEnd.CreateAsync(implementation, host, tools, Journal, LogLevel, Environment);
        lock (_ends) _ends.Add(end);
        await end.StartAsync(withoutIpv6);
        return end;
    }

    /// <summary>Turns on a Windows in a namespace: its network is the namespace's. With the name of a tunnel, its programs can change addresses and routes there.</summary>
    public async Task<WindowsHost> AddWindowsAsync(NetworkNamespace host, string? tunnel = null)
    {
        var windows = await (tunnel is null ? WindowsHost.StartAsync(host, Journal) : WindowsHost.StartAsync(host, Journal, tunnel));
        lock (_windows) _windows.Add(windows);
        return windows;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            foreach (var end in _ends) await end.DisposeAsync();
            foreach (var windows in _windows) await windows.DisposeAsync();
            foreach (var host in _namespaces)
            {
                await Shell.RunAsync("ip", "netns", "delete", host.Name);
                TestRun.Unregister(host.Name);
            }
        }
        finally
        {
            Journal.Flush();
        }
    }

    private static void Remove(string name)
    {
        if (!File.Exists("/run/netns/" + name)) return;
        using var process = Shell.Start("ip", ["netns", "delete", name]);
        process.WaitForExit(10_000);
    }
}
