using PfsVpn.Packets;
using PfsVpn.Routing;

namespace PfsVpn.Tests.Routing;

public sealed class AllowedIpsConcurrencyTests
{
    private const int Prefixes = 256;
    private const int Edits = 400;

    [Fact]
    public async Task Readers_see_whole_edits_only_while_a_writer_publishes()
    {
        var table = new AllowedIps<string>();
        var edit = table.Begin();
        edit.Insert(new IpPrefix(new IpAddress(0u), 0), "default");
        Give(edit, "even");
        edit.Publish();

        using var stop = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(() => Read(table, stop.Token))).ToArray();
        for (var i = 1; i <= Edits; i++)
        {
            var (from, to) = i % 2 == 0 ? ("odd", "even") : ("even", "odd");
            edit = table.Begin();
            // For a moment, within the edit, nobody has the addresses: a reader must never fall through to the default.
            edit.RemoveAll(from);
            Give(edit, to);
            edit.Publish();
            if (i % 3 == 0) table.Begin().RemoveAll(to); // dropped
        }
        await stop.CancelAsync();
        Assert.All(await Task.WhenAll(readers), wrong => Assert.Equal(0, wrong));
        Assert.Equal(Prefixes, table.PrefixesOf("even").Count());
    }

    private static int Read(AllowedIps<string> table, CancellationToken stop)
    {
        var wrong = 0;
        do
        {
            for (var i = 0u; i < Prefixes; i++)
            {
                if (table.FindV4(Address(i)) is not ("even" or "odd")) wrong++;
                if (table.FindV4(Address(i) ^ 0x8000_0000) is not "default") wrong++;
            }
            var count = table.PrefixesOf("even").Count();
            if (count is not (0 or Prefixes)) wrong++;
        }
        while (!stop.IsCancellationRequested);
        return wrong;
    }

    private static void Give(AllowedIps<string>.Edit edit, string peer)
    {
        for (var i = 0u; i < Prefixes; i++) edit.Insert(new IpPrefix(new IpAddress(Address(i)), 32), peer);
    }

    private static uint Address(uint i) => 0x0A00_0000 + (i * 2_654_435 % 0x0100_0000);
}
