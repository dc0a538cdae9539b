using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Scenarios;

/// <summary>What traffic costs a daemon in memory: nothing.</summary>
[Collection(Heavy.Name)]
public sealed class SteadyStateTests(ITestOutputHelper output)
{
    private const long WarmUp = 256L << 20;

    /// <summary>More than a million packets of 1368 bytes of text.</summary>
    private const long Million = 1_450_000_000;

    /// <summary>What timers and the monitor of the link may allocate meanwhile, beside what the asking itself does: a twentieth of a byte for each packet would be more.</summary>
    private const long Slack = 48 * 1024;

    /// <summary>What reading the protections allocates is more than this, and all else of an answer less.</summary>
    private const long ReadingProtections = 100 * 1024;

    private const long ResidentSlack = 4L << 20;

    [SystemFact]
    public async Task A_million_packets_allocate_nothing_collect_nothing_and_leave_the_memory_flat()
    {
        await using var network = new TestNetwork(output) { LogLevel = "info" };
        var tunnel = await Tunnel.CreateAsync(network, Implementation.PfsVpn, Implementation.PfsVpn);
        await tunnel.ConnectAsync();
        await Transfer.RunAsync(tunnel.Left.Interior, tunnel.Right.Interior, Tunnel.RightV4, WarmUp);
        await Transfer.RunAsync(tunnel.Right.Interior, tunnel.Left.Interior, Tunnel.LeftV4, WarmUp);
        TunnelEnd[] ends = [tunnel.Left, tunnel.Right];
        var before = new List<(long Allocated, long Collections, long Resident)>();
        var asking = new List<(long Known, long Anew)>();
        foreach (var end in ends)
        {
            // The protections of the process are read anew only every few seconds: what asking costs then is another thing.
            var last = await MemoryAsync(end);
            long anew = 0;
            await Wait.UntilAsync("the protections are read anew", async () =>
            {
                var next = await MemoryAsync(end);
                anew = next.Allocated - last.Allocated;
                last = next;
                return anew > ReadingProtections;
            });
            before.Add(await MemoryAsync(end));
            asking.Add((before[^1].Allocated - last.Allocated, anew));
        }
        var sent = (await tunnel.Left.PeerAsync(tunnel.Right)).Sent;

        await Transfer.RunAsync(tunnel.Left.Interior, tunnel.Right.Interior, Tunnel.RightV4, Million);

        Assert.InRange((await tunnel.Left.PeerAsync(tunnel.Right)).Sent - sent, Million, 2 * Million);
        for (var i = 0; i < ends.Length; i++)
        {
            var (allocated, collections, resident) = await MemoryAsync(ends[i]);
            var all = allocated - before[i].Allocated;
            var asked = all < asking[i].Anew - Slack ? asking[i].Known : asking[i].Anew;
            network.Journal.Add("result", $"{ends[i]}: {all - asked} bytes allocated and {asked} by asking, {collections - before[i].Collections} collections, {(resident - before[i].Resident) >> 10} KB more resident");
            Assert.Equal(before[i].Collections, collections);
            Assert.InRange(all - asked, -Slack, Slack);
            Assert.InRange(resident, 0, before[i].Resident + ResidentSlack);
        }
    }

    private static async Task<(long Allocated, long Collections, long Resident)> MemoryAsync(TunnelEnd end)
    {
        var resident = end.Daemon.ResidentBytes;
        var memory = (await ControlSocket.StatusAsync(end.Interface)).GetProperty("memory");
        return (memory.GetProperty("allocated_bytes").GetInt64(), memory.GetProperty("collections").GetInt64(), resident);
    }
}
