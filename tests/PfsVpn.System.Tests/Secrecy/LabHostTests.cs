using PfsVpn.Lab;
using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Secrecy;

/// <summary>Lab processes are real devices.</summary>
public sealed class LabHostTests
{
    [Fact]
    public async Task Two_lab_processes_talk_stand_still_and_go_on()
    {
        using var pair = new LabPair();
        pair.First.Send(20, "a marker"u8);
        await Wait.UntilAsync("20 packets one way", () => pair.Second.Counts().Received == 20);
        pair.Second.SetTraffic(100);
        await Wait.UntilAsync("packets the other way", () => pair.First.Counts().Received >= 20);
        pair.First.Freeze();
        pair.First.Resume();
        pair.First.SetCollecting(true);
        var before = pair.First.Counts().Received;
        await Wait.UntilAsync("packets after the stop", () => pair.First.Counts().Received > before);
        Assert.Equal(1, pair.First.Status().GetProperty("keypairs").GetProperty("made").GetInt32());
        pair.First.SetCollecting(false);
    }

    [Fact]
    public void A_request_that_is_not_understood_is_refused_and_the_process_goes_on()
    {
        using var pair = new LabPair();
        Assert.Throws<LabException>(() => pair.First.Set("private_key=zz"));
        Assert.Contains(pair.First.Get(), line => line.StartsWith("private_key=", StringComparison.Ordinal));
        pair.First.Kill();
        Assert.Throws<LabException>(() => pair.First.Get());
    }
}
