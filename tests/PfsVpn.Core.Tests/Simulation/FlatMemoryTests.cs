namespace PfsVpn.Tests.Simulation;

/// <summary>An hour of traffic with its thirty rekeys leaves the memory as it was.</summary>
[Collection(nameof(Alone))]
public sealed class FlatMemoryTests
{
    private const int Seconds = 3600;
    private const int MostHours = 4;
    private const int PacketsASecond = 100;
    private const long Slack = 16 * 1024;

    [Fact]
    public void After_an_hour_of_traffic_there_are_as_many_keys_and_bytes_as_after_a_few_minutes()
    {
        using var pair = new Pair();
        pair.Connect();
        RunFor(pair, 600);
        var (keys, bytes) = Measure(pair);
        // What the runtime itself still gets ready may fall into the first hour; what grows with the traffic does in every one.
        var least = long.MaxValue;
        for (var hour = 0; hour < MostHours && least > Slack; hour++)
        {
            RunFor(pair, Seconds);
            var (keysAfter, bytesAfter) = Measure(pair);
            Assert.Equal(keys, keysAfter);
            least = Math.Min(least, bytesAfter - bytes);
            bytes = bytesAfter;
        }
        Assert.InRange(least, long.MinValue, Slack);
        Assert.True(pair.Alice.Device.Ledger.Made >= (Seconds + 600) / 125, "too few rekeys");
    }

    private static void RunFor(Pair pair, int seconds)
    {
        var packet = Pair.PacketToBob();
        byte[][] batch = [packet, packet, packet, packet, packet];
        for (var second = 0; second < seconds; second++)
        {
            for (var i = 0; i < PacketsASecond / 10; i++) pair.Alice.SendInner(batch);
            pair.BobSends();
            pair.Network.Run(1);
            Forget(pair);
        }
    }

    private static (int Keys, long Bytes) Measure(Pair pair)
    {
        Forget(pair);
        return (pair.Alice.LivingSecrets + pair.Bob.LivingSecrets, GC.GetTotalMemory(forceFullCollection: true));
    }

    private static void Forget(Pair pair)
    {
        pair.Network.Sent.Clear();
        pair.Alice.Delivered.Clear();
        pair.Bob.Delivered.Clear();
        pair.Alice.Log.Clear();
        pair.Bob.Log.Clear();
    }
}
