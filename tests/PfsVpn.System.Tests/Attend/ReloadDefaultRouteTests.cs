using System.Collections.Concurrent;
using System.Diagnostics;
using PfsVpn.SystemTests.Harness;
using PfsVpn.SystemTests.Quick;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Attend;

/// <summary>A tunnel with a default route under `reload`: everything that the kernel says meanwhile of routes and rules.</summary>
public sealed class ReloadDefaultRouteTests(ITestOutputHelper output)
{
    private const string Address = "Address = 10.77.0.1/24, fd77::1/64\n";

    /// <summary>Each differs from the one before, and 0.0.0.0/0 is in all.</summary>
    private static readonly (string Device, string Peer)[] Files =
    [
        (Address, "AllowedIPs = 0.0.0.0/0"),
        (Address + "MTU = 1300\nDNS = 10.77.0.53", "AllowedIPs = 0.0.0.0/0, 10.88.0.0/16\nPersistentKeepalive = 25"),
        ("Address = 10.77.0.9/24, fd77::9/64\nMTU = 1400", "AllowedIPs = 0.0.0.0/0\n#! ExcludedIPs = 10.99.0.0/16"),
        (Address + "#! KillSwitch = on\n#! MssClamp = on", "AllowedIPs = 0.0.0.0/0\n[Peer]\nPublicKey = lqJN2FOrO4oTcRKXsITHcoW5pDA8JK5bJGpjGqPdxAI=\nAllowedIPs = 10.60.0.0/16"),
        (Address, "AllowedIPs = 0.0.0.0/0, ::/0"),
        (Address, "AllowedIPs = 0.0.0.0/0, 10.88.0.0/16"),
    ];

    [QuickFact]
    public async Task What_reload_does_not_change_of_the_default_routes_never_goes_away()
    {
        await using var tunnel = await BoxedTunnel.CreateAsync(output);
        tunnel.Write(Files[0].Device, Files[0].Peer);
        await tunnel.CommandAsync("up");
        using (var watch = await RouteWatch.StartAsync(tunnel))
        {
            foreach (var (device, peer) in Files)
            {
                tunnel.Write(device, peer);
                await tunnel.CommandAsync("reload");
            }
            var said = await watch.EndAsync();
            Assert.DoesNotContain(said, static line => line.StartsWith("Deleted default dev boxed table 51820 scope", StringComparison.Ordinal));
            // Of IPv4 rules nothing was said at all; those of IPv6 came with ::/0 and went with it.
            Assert.Equal(2, said.Count(static line => line.Contains("lookup", StringComparison.Ordinal) && line.StartsWith("Deleted", StringComparison.Ordinal)));
        }
        Assert.Contains("10.77.0.1 ", await tunnel.StateAsync(), StringComparison.Ordinal);
        await tunnel.CommandAsync("down");
    }

    /// <summary>`ip monitor` on the left host, between two routes that only mark the beginning and the end.</summary>
    private sealed class RouteWatch(BoxedTunnel tunnel, Process monitor) : IDisposable
    {
        private const string Mark = "192.0.2.0/24";
        private readonly ConcurrentQueue<string> _lines = new();

        public static async Task<RouteWatch> StartAsync(BoxedTunnel tunnel)
        {
            var watch = new RouteWatch(tunnel, tunnel.Start("ip", "monitor", "route", "rule"));
            watch.Read();
            // It may not listen yet when it has been started.
            await Wait.UntilAsync("the monitor to listen", async () =>
            {
                await tunnel.RunAsync("ip", "route", "replace", "blackhole", Mark);
                await tunnel.RunAsync("ip", "route", "delete", "blackhole", Mark);
                return watch.Marks > 0;
            });
            return watch;
        }

        /// <summary>Everything that was said until now.</summary>
        public async Task<IReadOnlyList<string>> EndAsync()
        {
            const string Last = "192.0.3.0/24";
            await tunnel.RunAsync("ip", "route", "add", "blackhole", Last);
            await Wait.UntilAsync("the last mark", () => _lines.Any(static line => line.Contains(Last, StringComparison.Ordinal)));
            await tunnel.RunAsync("ip", "route", "delete", "blackhole", Last);
            return [.. _lines];
        }

        public void Dispose()
        {
            // nsenter stays before what it has started in the box.
            monitor.Kill(entireProcessTree: true);
            monitor.WaitForExit();
            monitor.Dispose();
        }

        private int Marks => _lines.Count(static line => line.Contains(Mark, StringComparison.Ordinal));

        private void Read()
        {
            monitor.OutputDataReceived += (_, line) =>
            {
                if (line.Data is { } text) _lines.Enqueue(text);
            };
            monitor.BeginOutputReadLine();
        }
    }
}
