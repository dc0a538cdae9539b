using System.Diagnostics;
using System.Globalization;
using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Scenarios;

/// <summary>Keys that are erased on time though nothing happens: what a standard peer loses by it, and that it is the boot clock that counts.</summary>
/// <remarks>Some 30 s, for a life of 10 s ends after 15, and an idle tunnel says one more keepalive; all cases side by side.</remarks>
public sealed class EarlyEraseTests(ITestOutputHelper output)
{
    private const int SecondsToTheEnd = 15;
    private const int BootOffset = 1_000_000;

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [SystemFact]
    public async Task Keys_end_on_time_by_the_boot_clock_and_a_standard_peer_loses_a_handshakes_worth_of_packets() => await Task.WhenAll(
        SendOnErasedKeyAsync(Implementation.PfsVpn),
        SendOnErasedKeyAsync(Implementation.WireGuardGo),
        EndInTimeNamespaceAsync(),
        WakeAfterEndAsync());

    /// <summary>After a silence, the right end still has a key that is erased at the left, and sends on it.</summary>
    private async Task SendOnErasedKeyAsync(Implementation standard)
    {
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, Implementation.PfsVpn, standard);
        await tunnel.Left.SetOwnAsync("rekey-after-time 10");
        await tunnel.ConnectAsync();
        await NoKeyAsync(tunnel.Left);
        var watch = Stopwatch.StartNew();
        using var wire = new WireRecorder(tunnel.Left.Host, watch);
        using var back = SteadyFlow.Start(tunnel.Right.Interior, tunnel.Left.Interior, Tunnel.LeftV4, Pace, watch);
        await Wait.UntilAsync("the first packet", () => back.FirstArrivalAfter(TimeSpan.Zero) is not null);
        await Task.Delay(1000);
        await back.StopAsync();
        var (sent, lost) = back.Result;
        var first = wire.Messages[0];
        var firstInitiation = wire.Messages.First(static message => message.Type == 1);
        network.Journal.Report(string.Create(CultureInfo.InvariantCulture,
            $"{tunnel.Right} sends on a key that was erased, a packet each {Pace.TotalMilliseconds} ms: {lost.Count} of {sent} lost; the initiation of {(firstInitiation.FromLeft ? "the erasing" : "the sending")} side {(firstInitiation.At - first.At).TotalMilliseconds:0} ms after the first message, the first arrival {(back.FirstArrivalAfter(TimeSpan.Zero)!.Value - first.At).TotalMilliseconds:0} ms after it"));
        Assert.Equal((4, false), (first.Type, first.FromLeft));
        Assert.True(firstInitiation.FromLeft, "the side that erased the key did not begin the handshake");
        // Only the beginning is lost: nothing once a packet has come through.
        var arrived = back.FirstArrivalAfter(TimeSpan.Zero)!.Value;
        Assert.True(lost.All(at => at < arrived), $"packets sent at {string.Join(", ", lost)} were lost, the first arrived at {arrived}");
    }

    /// <summary>The boot clock alone is a million seconds ahead: whatever counts by another clock is wrong by as much.</summary>
    private async Task EndInTimeNamespaceAsync()
    {
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, Implementation.PfsVpn, Implementation.PfsVpn,
            new TunnelOptions { LeftWrapper = ["unshare", "--time", "--boottime", BootOffset.ToString(CultureInfo.InvariantCulture)] });
        Assert.InRange(await BootTimeAsync(tunnel.Left.Daemon) - await BootTimeAsync(tunnel.Right.Daemon), BootOffset - 60, BootOffset + 60);
        await tunnel.Left.SetOwnAsync("rekey-after-time 10");
        await tunnel.ConnectAsync();
        var peer = (await tunnel.Left.SecrecyAsync()).GetProperty("peers")[0];
        Assert.InRange(peer.GetProperty("exposure_seconds").GetDouble(), 0, SecondsToTheEnd);
        Assert.InRange(peer.GetProperty("keypairs")[0].GetProperty("ends_in_seconds").GetDouble(), 0.001, SecondsToTheEnd);
        await NoKeyAsync(tunnel.Left);
        var secrecy = await tunnel.Left.SecrecyAsync();
        var end = secrecy.GetProperty("latest_ends").EnumerateArray().First(static end => end.GetProperty("kind").GetString() == "Keypair");
        network.Journal.Report(string.Create(CultureInfo.InvariantCulture,
            $"the boot clock {BootOffset} s ahead: a keypair lived {end.GetProperty("lived_seconds").GetDouble()} s, {end.GetProperty("outlived_ms").GetDouble()} ms beyond its deadline"));
        Assert.Equal("TooOld", end.GetProperty("reason").GetString());
        Assert.InRange(end.GetProperty("lived_seconds").GetDouble(), SecondsToTheEnd, SecondsToTheEnd + 1);
    }

    /// <summary>The left process stands still until its keys are overdue, as it would while the machine sleeps; packets wait for it.</summary>
    private async Task WakeAfterEndAsync()
    {
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, Implementation.PfsVpn, Implementation.PfsVpn);
        await tunnel.Left.SetOwnAsync("rekey-after-time 10");
        await tunnel.ConnectAsync();
        var watch = Stopwatch.StartNew();
        using var wire = new WireRecorder(tunnel.Left.Host, watch);
        using var there = SteadyFlow.Start(tunnel.Left.Interior, tunnel.Right.Interior, Tunnel.RightV4, TimeSpan.FromMilliseconds(100), watch);
        await Wait.UntilAsync("traffic", () => there.FirstArrivalAfter(TimeSpan.Zero) is not null);
        tunnel.Left.Daemon.Signal(Syscalls.SIGSTOP);
        // The time asleep is what is tested.
        await Task.Delay(TimeSpan.FromSeconds(SecondsToTheEnd + 1));
        var before = wire.Messages;
        tunnel.Left.Daemon.Signal(Syscalls.SIGCONT);
        var woken = watch.Elapsed;
        await Wait.UntilAsync("traffic after waking", () => there.FirstArrivalAfter(woken) is not null);
        await there.StopAsync();

        var old = before.Where(static message => message is { Type: 4, FromLeft: true }).Select(static message => message.Receiver).ToHashSet();
        var after = wire.Messages.Skip(before.Count).Where(static message => message is { Type: 4, FromLeft: true }).ToArray();
        Assert.NotEmpty(old);
        Assert.NotEmpty(after);
        Assert.All(after, message => Assert.DoesNotContain(message.Receiver, old));
        var outlived = (await tunnel.Left.SecrecyAsync()).GetProperty("worst_outliving_ms").GetDouble();
        network.Journal.Report(string.Create(CultureInfo.InvariantCulture,
            $"stopped for {SecondsToTheEnd + 1} s: the first packet {(there.FirstArrivalAfter(woken)!.Value - woken).TotalMilliseconds:0} ms after waking, none on the old key, which by the ledger outlived its deadline by {outlived:0} ms"));
        Assert.True(outlived > 0, "the ledger does not show that the key was erased late");
    }

    private static Task NoKeyAsync(TunnelEnd end) =>
        Wait.UntilAsync($"{end} to erase its last key", async () => (await end.SecrecyAsync()).GetProperty("keys").GetProperty("Keypair") is var keys
            && keys.GetProperty("made").GetInt32() > 0 && keys.GetProperty("alive").GetInt32() == 0, Patience);

    /// <summary>What a process's own time namespace adds to the boot clock.</summary>
    private static async Task<double> BootTimeAsync(DaemonProcess daemon)
    {
        var lines = await File.ReadAllLinesAsync($"/proc/{daemon.ProcessId}/timens_offsets");
        var boot = lines.Single(static line => line.StartsWith("boottime", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return double.Parse(boot[1], CultureInfo.InvariantCulture);
    }
}
