using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Scenarios;

/// <summary>Whatever is thrown at the port, the daemon goes on, and every packet is counted as a drop.</summary>
public sealed class BadPacketTests(ITestOutputHelper output)
{
    private const int LongestDatagram = 65_507;

    [SystemTheory, MemberData(nameof(Pairs.LeftIsTested), MemberType = typeof(Pairs))]
    public async Task Malformed_datagrams_are_dropped_and_counted_and_the_session_goes_on(Implementation left, Implementation right)
    {
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, left, right);
        await tunnel.ConnectAsync();
        using var ping = Pinger.Open(tunnel.Right.Interior, Tunnel.LeftV4);
        foreach (var (source, target) in new[] { ("10.9.0.2", "10.9.0.1"), ("fd09::2", "fd09::1") })
        {
            using var socket = tunnel.Right.Host.OpenUdp(IPAddress.Parse(source));
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Parse(target), Tunnel.LeftPort));
            var before = left == Implementation.PfsVpn ? await TotalAsync(tunnel.Left) : 0;
            var sent = 0;
            foreach (var datagram in Datagrams())
            {
                await socket.SendAsync(datagram);
                // Slow enough for a socket buffer that the system did not enlarge.
                if (++sent % 128 == 0) await ping.PingAsync(10);
            }
            tunnel.Left.Daemon.DemandRunning();
            await ping.PingAsync();
            if (left == Implementation.PfsVpn) await CountedAsync(tunnel.Left, before + sent);
        }
        if (left == Implementation.PfsVpn)
        {
            var drops = await DropCounts.AllAsync(tunnel.Left);
            foreach (var reason in new[] { "WrongLength", "UnknownType", "ReservedBytes", "WrongMac1", "UnknownHandshake", "UnknownIndex" })
                Assert.True(drops.GetValueOrDefault(reason) > 0, $"no drop was counted as {reason}; these were: {Text(drops)}");
        }
        using var there = Pinger.Open(tunnel.Left.Interior, Tunnel.RightV6);
        await there.EverySizeAsync(1420, step: 101);
    }

    private static IEnumerable<byte[]> Datagrams()
    {
        for (var length = 0; length <= 200; length++)
            for (var type = 0; type <= 6; type++)
                yield return Datagram(length, type == 6 ? 255 : type);
        for (var reserved = 1; reserved <= 3; reserved++)
        {
            foreach (var (type, length) in new[] { (1, 148), (2, 92), (3, 64), (4, 32), (4, 96) })
            {
                var datagram = Datagram(length, type);
                datagram[reserved] = 1;
                yield return datagram;
            }
        }
        foreach (var length in new[] { 1500, 2048, 9000, 65_000, LongestDatagram - 40, LongestDatagram })
            for (var type = 0; type <= 5; type++) yield return Datagram(length, type);
    }

    private static byte[] Datagram(int length, int type)
    {
        var datagram = RandomNumberGenerator.GetBytes(length);
        byte[] header = [(byte)type, 0, 0, 0];
        header.AsSpan(0, Math.Min(length, header.Length)).CopyTo(datagram);
        return datagram;
    }

    private static async Task CountedAsync(TunnelEnd end, long expected)
    {
        try
        {
            await Wait.UntilAsync($"{expected} drops counted at {end}", async () => await TotalAsync(end) >= expected);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}; these are: {Text(await DropCounts.AllAsync(end))}", e);
        }
    }

    private static async Task<long> TotalAsync(TunnelEnd end) => (await DropCounts.AllAsync(end)).Values.Sum();

    private static string Text(IReadOnlyDictionary<string, long> drops) =>
        string.Join(", ", drops.Select(drop => string.Create(CultureInfo.InvariantCulture, $"{drop.Key} {drop.Value}")));
}
