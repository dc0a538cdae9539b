using System.Buffers.Binary;
using PfsVpn.TestSupport.Simulation;

namespace PfsVpn.Tests.Simulation;

/// <summary>A bad link for a minute and a half of traffic both ways: what arrives is whole and arrives once, and afterwards everything is as ever.</summary>
public sealed class LossyLinkTests
{
    private const int SequenceOffset = 30;

    public static TheoryData<double, double, int> Links => new()
    {
        { 0.1, 0.0, 10 },
        { 0.2, 0.1, 10 },
        { 0.3, 0.0, 500 },
        { 0.4, 0.3, 2000 },
        { 0.5, 0.5, 200 },
        { 0.0, 0.0, 3000 },
        { 0.0, 1.0, 1000 },
    };

    [Theory]
    [MemberData(nameof(Links))]
    public void Survives(double loss, double doubling, int largestDelayInMilliseconds)
    {
        for (var seed = 0; seed < 8; seed++) Try(new SeededRandom(seed), loss, doubling, largestDelayInMilliseconds, seed);
    }

    private static void Try(SeededRandom random, double loss, double doubling, int largestDelay, int seed)
    {
        using var pair = new Pair(seed: seed * 10);
        TimeSpan Delay() => TimeSpan.FromMilliseconds(1 + random.Next(largestDelay));
        pair.Network.Link = _ => random.Chance(loss) ? [] : random.Chance(doubling) ? [Delay(), Delay()] : [Delay()];
        var sent = new List<byte[]>();
        for (var i = 0; i < 180; i++)
        {
            var packet = i % 2 == 0 ? Pair.PacketToBob(60 + i) : Pair.PacketToAlice(60 + i);
            BinaryPrimitives.WriteInt32BigEndian(packet.AsSpan(SequenceOffset), i);
            sent.Add(packet);
            (i % 2 == 0 ? pair.Alice : pair.Bob).SendInner(packet);
            pair.Network.Run(0.5);
        }
        pair.RestoreTheLink();
        pair.AliceSends();
        pair.Network.Run(30);
        AssertWholeAndOnce(pair, sent);
        pair.AssertTrafficFlows();
        Assert.InRange(pair.Alice.Device.Ledger.Alive, 1, 3);
        Assert.InRange(pair.Bob.Device.Ledger.Alive, 1, 3);
        Assert.InRange(pair.Alice.Device.Indices.Count, 1, 4);
        Assert.InRange(pair.Bob.Device.Indices.Count, 1, 4);
        pair.Network.Run(250);
        Assert.Equal(0, pair.Alice.Device.Indices.Count + pair.Bob.Device.Indices.Count);
    }

    private static void AssertWholeAndOnce(Pair pair, List<byte[]> sent)
    {
        foreach (var host in new[] { pair.Alice, pair.Bob })
        {
            // The packet that Alice sends at the end has no number of these.
            var arrived = host.Delivered.Select(static packet => (Packet: packet, Number: BinaryPrimitives.ReadInt32BigEndian(packet.AsSpan(SequenceOffset))))
                .Where(arrival => arrival.Number >= 0 && arrival.Number < sent.Count).ToArray();
            Assert.Equal(arrived.Length, arrived.DistinctBy(static arrival => arrival.Number).Count());
            foreach (var (packet, number) in arrived) Assert.Equal(sent[number], packet);
        }
    }
}
