using System.Diagnostics;
using System.Globalization;
using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Scenarios;

/// <summary>Losing keys is normal: a daemon killed with -9 comes back with its configuration and nothing else, and the tunnel recovers by itself.</summary>
/// <remarks>All cases run side by side: the longest, in which nobody but the side that kept its keys has anything to send, may wait for the protocol's own 15 s.</remarks>
public sealed class LostKeysTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);

    /// <summary>KEEPALIVE_TIMEOUT and REKEY_TIMEOUT, after which the side that kept its keys looks for the other, and some more.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    /// <summary>Who sends while the right end is killed and restarted.</summary>
    private enum Senders
    {
        Both,
        Survivor,
        Restarted,
    }

    [SystemFact]
    public async Task A_killed_end_recovers_by_itself_and_uses_no_nonce_twice()
    {
        var pairs = Pairs.All.Select(static row => (Left: (Implementation)row[0], Right: (Implementation)row[1])).ToArray();
        await Task.WhenAll(pairs.SelectMany(pair => Enum.GetValues<Senders>().Select(senders => KillRightAsync(pair.Left, pair.Right, senders))));
    }

    private async Task KillRightAsync(Implementation left, Implementation right, Senders senders)
    {
        await using var network = new TestNetwork(output);
        var options = new TunnelOptions { RightKnowsEndpoint = true };
        var tunnel = await Tunnel.CreateAsync(network, left, right, options);
        await tunnel.ConnectAsync();
        var watch = Stopwatch.StartNew();
        using var wire = new WireRecorder(tunnel.Left.Host, watch);
        using var there = senders == Senders.Restarted ? null : SteadyFlow.Start(tunnel.Left.Interior, tunnel.Right.Interior, Tunnel.RightV4, Pace, watch);
        using var back = senders == Senders.Survivor ? null : SteadyFlow.Start(tunnel.Right.Interior, tunnel.Left.Interior, Tunnel.LeftV4, Pace, watch);
        SteadyFlow[] flows = [.. new[] { there, back }.OfType<SteadyFlow>()];
        await Wait.UntilAsync("both directions to flow", () => flows.All(static flow => flow.FirstArrivalAfter(TimeSpan.Zero) is not null));

        var killed = watch.Elapsed;
        await tunnel.Right.KillAsync();
        var before = wire.Messages.Count;
        await tunnel.Right.StartAsync();
        await tunnel.ConfigureRightAsync(options);
        var up = watch.Elapsed;
        await Wait.UntilAsync($"{tunnel.Left} and {tunnel.Right} to recover", () => flows.All(flow => flow.FirstArrivalAfter(killed + TimeSpan.FromMilliseconds(100)) is { } at && at > killed), Patience);
        foreach (var flow in flows) await flow.StopAsync();

        wire.AssertNoNonceTwice();
        if (senders != Senders.Survivor) AssertNewKeys(wire.Messages, before);
        if (right == Implementation.PfsVpn) AssertInitiatedAtOnce(wire.Messages.Skip(before).Where(static message => !message.FromLeft));
        Report(network, tunnel, senders, killed, up, there, back, wire);
    }

    /// <summary>What was sent after the restart went to other indices than what was sent before, in the direction of the killed side at least.</summary>
    private static void AssertNewKeys(IReadOnlyList<WireMessage> messages, int before)
    {
        var old = messages.Take(before).Where(static message => message.Type == 4).Select(static message => message.Receiver).ToHashSet();
        var made = messages.Skip(before).Where(static message => message is { Type: 4, FromLeft: false }).Select(static message => message.Receiver).ToHashSet();
        Assert.NotEmpty(old);
        Assert.NotEmpty(made);
        Assert.False(old.Overlaps(made), "the restarted side sent under a key from before");
    }

    /// <summary>The first that the restarted side says is an initiation, and data follow before it would have tried again.</summary>
    private static void AssertInitiatedAtOnce(IEnumerable<WireMessage> sentByRestarted)
    {
        var sent = sentByRestarted.ToArray();
        var beforeData = Assert.Single(sent.TakeWhile(static message => message.Type != 4));
        Assert.Equal(1, beforeData.Type);
    }

    private static void Report(TestNetwork network, Tunnel tunnel, Senders senders, TimeSpan killed, TimeSpan up, SteadyFlow? there, SteadyFlow? back, WireRecorder wire)
    {
        var initiations = wire.Messages.Where(message => message.Type == 1 && message.At > killed).Select(message => (message.FromLeft ? "survivor" : "restarted") + Ms(message.At - up));
        network.Journal.Report(string.Create(CultureInfo.InvariantCulture,
            $"kill -9 of {tunnel.Right} beside {tunnel.Left}, {senders} sending: configured again after {(up - killed).TotalMilliseconds:0} ms; to the restarted side {Stop(there, killed, up)}, from it {Stop(back, killed, up)}; initiations: {string.Join(", ", initiations)}"));
    }

    private static string Stop(SteadyFlow? flow, TimeSpan killed, TimeSpan up)
    {
        if (flow is null) return "nothing is sent";
        var last = flow.LastArrivalBefore(killed + TimeSpan.FromMilliseconds(100))!.Value;
        var first = flow.FirstArrivalAfter(killed + TimeSpan.FromMilliseconds(100))!.Value;
        return string.Create(CultureInfo.InvariantCulture, $"{(first - last).TotalMilliseconds:0} ms without a packet,{Ms(first - up)} after it was configured");
    }

    private static string Ms(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $" {span.TotalMilliseconds:0} ms");
}
