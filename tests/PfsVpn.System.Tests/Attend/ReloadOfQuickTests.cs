using PfsVpn.SystemTests.Quick;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Attend;

/// <summary>A tunnel that the stock wg-quick took up, that `pfsvpn reload` changes, and that wg-quick takes down.</summary>
public sealed class ReloadOfQuickTests(ITestOutputHelper output)
{
    private const string Another = "\n[Peer]\nPublicKey = lqJN2FOrO4oTcRKXsITHcoW5pDA8JK5bJGpjGqPdxAI=\nAllowedIPs = 10.60.0.0/16";

    /// <summary>Files of before and of after.</summary>
    public static TheoryData<string, string, string, string> Changes => new()
    {
        { "Address = 10.77.0.1/24", "AllowedIPs = 10.77.0.2/32", "Address = 10.77.0.1/24, 10.77.0.9/24, fd77::1/64\nMTU = 1300", "AllowedIPs = 10.77.0.2/32, 10.88.0.0/16" + Another },
        { "Address = 10.77.0.1/24, fd77::1/64\nDNS = 10.77.0.53", "AllowedIPs = 10.77.0.2/32, 10.88.0.0/16" + Another, "Address = 10.77.0.1/24", "AllowedIPs = 10.77.0.2/32\nPersistentKeepalive = 25" },
        { "Address = 10.77.0.1/24\nDNS = 10.77.0.53", "AllowedIPs = 0.0.0.0/0", "Address = 10.77.0.1/24, fd77::1/64\nDNS = 10.77.0.54, lab.example", "AllowedIPs = 0.0.0.0/0, ::/0" + Another },
        { "Address = 10.77.0.1/24", "AllowedIPs = 10.77.0.2/32", "Address = 10.77.0.1/24\nDNS = 10.77.0.53", "AllowedIPs = 0.0.0.0/0, ::/0" },
        { "Address = 10.77.0.1/24, fd77::1/64", "AllowedIPs = 0.0.0.0/0, ::/0", "Address = 10.77.0.1/24, fd77::1/64", "AllowedIPs = 10.77.0.2/32, 10.88.0.0/16" },
        { "Address = 10.77.0.1/24\nTable = 4321", "AllowedIPs = 10.77.0.2/32, 10.88.0.0/16", "Address = 10.77.0.1/24", "AllowedIPs = 10.77.0.2/32, 10.99.0.0/16" },
    };

    [QuickTheory, MemberData(nameof(Changes))]
    public async Task Its_session_goes_on_it_becomes_what_the_file_says_and_nothing_is_left(string device, string peer, string otherDevice, string otherPeer)
    {
        await using var tunnel = await BoxedTunnel.CreateAsync(output);
        tunnel.Write(otherDevice, otherPeer);
        await tunnel.WgQuickAsync("up");
        var expected = await tunnel.StateAsync();
        await tunnel.WgQuickAsync("down");
        var before = await tunnel.TraceAsync();

        tunnel.Write(device, peer);
        await tunnel.WgQuickAsync("up");
        await tunnel.ReachAsync("10.77.0.2");
        var handshake = await tunnel.HandshakeAsync();
        Assert.Contains("nothing was changed", await tunnel.CommandAsync("reload"), StringComparison.Ordinal);

        using var traffic = tunnel.Start("ping", "-i", "0.01", "-c", "300", "-q", "10.77.0.2");
        tunnel.Write(otherDevice, otherPeer);
        var said = await tunnel.CommandAsync("reload");
        Assert.False(traffic.HasExited);
        var state = await tunnel.StateAsync();
        Assert.True(expected == state, CorpusTests.Difference(expected, state) + "\n" + said);
        Assert.Contains(" 0% packet loss", await traffic.StandardOutput.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal(handshake, await tunnel.HandshakeAsync());
        Assert.Contains("nothing was changed", await tunnel.CommandAsync("reload"), StringComparison.Ordinal);

        await tunnel.WgQuickAsync("down");
        Assert.Equal(before, await tunnel.TraceAsync());
    }

    [QuickFact]
    public async Task It_is_not_compared_with_what_up_took_up_before()
    {
        await using var tunnel = await BoxedTunnel.CreateAsync(output);
        tunnel.Write("Address = 10.77.0.1/24", "AllowedIPs = 10.77.0.2/32");
        await tunnel.WgQuickAsync("up");
        var expected = await tunnel.StateAsync();
        await tunnel.WgQuickAsync("down");

        await tunnel.CommandAsync("up");
        await tunnel.WgQuickAsync("down");
        tunnel.Write("Address = 10.77.0.1/24", "AllowedIPs = 10.77.0.2/32, 10.88.0.0/16");
        await tunnel.WgQuickAsync("up");
        tunnel.Write("Address = 10.77.0.1/24", "AllowedIPs = 10.77.0.2/32");
        await tunnel.CommandAsync("reload");
        Assert.Equal(expected, await tunnel.StateAsync());
        await tunnel.WgQuickAsync("down");
    }
}
