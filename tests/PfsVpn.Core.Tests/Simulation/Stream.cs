using System.Buffers.Binary;
using PfsVpn.TestSupport.Simulation;

namespace PfsVpn.Tests.Simulation;

/// <summary>Numbered packets from one host of a pair to the other, of which none may be missing, doubled or out of order.</summary>
internal sealed class Stream(SimulatedHost from, SimulatedHost to, Func<int, byte[]> make, int length = 100)
{
    private const int NumberOffset = 40;

    /// <summary>Packets sent so far.</summary>
    public int Sent { get; private set; }

    public static Stream ToBob(Pair pair, int length = 100) => new(pair.Alice, pair.Bob, static length => Pair.PacketToBob(length), length);

    public static Stream ToAlice(Pair pair, int length = 100) => new(pair.Bob, pair.Alice, static length => Pair.PacketToAlice(length), length);

    public void Send(int count = 1)
    {
        var packets = new byte[count][];
        for (var i = 0; i < count; i++)
        {
            packets[i] = make(length);
            BinaryPrimitives.WriteInt32BigEndian(packets[i].AsSpan(NumberOffset), Sent++);
        }
        from.SendInner(packets);
    }

    /// <summary>The numbers that arrived, in the order in which they did.</summary>
    public IReadOnlyList<int> Arrived => [.. to.Delivered.Select(static packet => BinaryPrimitives.ReadInt32BigEndian(packet.AsSpan(NumberOffset)))];

    public void AssertAllArrivedInOrder() => Assert.Equal(Enumerable.Range(0, Sent), Arrived);
}
