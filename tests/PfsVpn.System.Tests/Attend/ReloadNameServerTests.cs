using PfsVpn.SystemTests.Quick;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Attend;

/// <summary>DNS in a file that changes while its tunnel is up, told to resolvconf or written into the resolver's file.</summary>
public sealed class ReloadNameServerTests(ITestOutputHelper output)
{
    private const string Address = "Address = 10.77.0.1/24\n", Inside = "AllowedIPs = 10.77.0.2/32";

    [QuickTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Name_servers_come_change_and_go_with_the_file(bool hasResolvconf)
    {
        await using var tunnel = await BoxedTunnel.CreateAsync(output);
        if (!hasResolvconf) await tunnel.HideAsync("resolvconf");
        tunnel.Write(Address, Inside);
        var (before, resolver) = (await tunnel.TraceAsync(), await tunnel.ResolverAsync());
        await tunnel.CommandAsync("up");
        await tunnel.ReachAsync("10.77.0.2");
        var handshake = await tunnel.HandshakeAsync();
        Assert.Equal(resolver, await tunnel.ResolverAsync());

        tunnel.Write(Address + "DNS = 10.77.0.53, fd77::53, lab.example", Inside);
        await tunnel.CommandAsync("reload");
        Assert.Equal(["nameserver 10.77.0.53", "nameserver fd77::53", "search lab.example"], await RecordsAsync(tunnel));
        Assert.Contains("nothing was changed", await tunnel.CommandAsync("reload"), StringComparison.Ordinal);

        tunnel.Write(Address + "DNS = 10.77.0.54", Inside);
        await tunnel.CommandAsync("reload");
        Assert.Equal(["nameserver 10.77.0.54"], await RecordsAsync(tunnel));

        // The route is another's already, which is found out when the name servers have been set.
        await tunnel.RunAsync("ip", "route", "add", "10.88.0.0/16", "dev", "cable");
        foreach (var names in (string[])["DNS = 10.77.0.55, other.example", ""])
        {
            tunnel.Write(Address + names, Inside + ", 10.88.0.0/16");
            var refused = await tunnel.TryRunAsync("reload");
            Assert.Equal(1, refused.ExitCode);
            Assert.EndsWith("Everything has been taken back.\n", refused.Error, StringComparison.Ordinal);
            Assert.Equal(["nameserver 10.77.0.54"], await RecordsAsync(tunnel));
        }
        await tunnel.RunAsync("ip", "route", "delete", "10.88.0.0/16", "dev", "cable");

        tunnel.Write(Address, Inside);
        await tunnel.CommandAsync("reload");
        Assert.Equal(resolver, await tunnel.ResolverAsync());

        tunnel.Write(Address + "DNS = 10.77.0.56", Inside);
        await tunnel.CommandAsync("reload");
        Assert.Equal(["nameserver 10.77.0.56"], await RecordsAsync(tunnel));
        Assert.Equal(handshake, await tunnel.HandshakeAsync());
        await tunnel.CommandAsync("down");
        Assert.Equal(before, await tunnel.TraceAsync());
        Assert.Equal(resolver, await tunnel.ResolverAsync());
    }

    /// <summary>What programs that look names up see of the resolver's file: the servers in their order, then the suffixes.</summary>
    private static async Task<string[]> RecordsAsync(BoxedTunnel tunnel) =>
        [.. (await tunnel.ResolverAsync()).Split('\n').Where(static line => line.StartsWith("nameserver ", StringComparison.Ordinal) || line.StartsWith("search ", StringComparison.Ordinal)).OrderBy(static line => line[0] == 's')];
}
