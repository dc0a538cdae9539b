using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace PfsVpn.SystemTests.Harness;

/// <summary>UDP flows whose datagrams are numbered: some may be lost, none may overtake another of its flow.</summary>
public static class NumberedFlows
{
    private const int LargestDatagram = 1200;

    /// <summary>Sends as fast as it goes and returns how many datagrams arrived. Throws where one came out of order.</summary>
    /// <param name="from">Where the senders are.</param>
    /// <param name="to">Where the receivers are.</param>
    /// <param name="address">The address of the receivers.</param>
    /// <param name="flows">How many flows, each with ports of its own.</param>
    /// <param name="datagrams">How many datagrams each flow has.</param>
    public static async Task<long> RunAsync(NetworkNamespace from, NetworkNamespace to, IPAddress address, int flows, int datagrams)
    {
        var results = await Task.WhenAll(Enumerable.Range(0, flows).Select(_ => Task.Factory.StartNew(
            () => RunOne(from, to, address, datagrams), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        return results.Sum();
    }

    private static long RunOne(NetworkNamespace from, NetworkNamespace to, IPAddress address, int datagrams)
    {
        using var receiver = to.OpenUdp(address);
        using var sender = from.OpenUdp(IPAddress.Any);
        receiver.ReceiveBufferSize = 4 << 20;
        sender.Connect(receiver.LocalEndPoint!);
        var data = new byte[LargestDatagram];
        var buffer = new byte[LargestDatagram];
        var (arrived, last) = (0L, -1L);
        for (var number = 0; number < datagrams; number++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(data, number);
            sender.Send(data.AsSpan(0, 100 + (number * 7 % (LargestDatagram - 100))));
            // Bursts, so that packets of a flow lie behind each other in every queue on the way.
            if (number % 64 == 63) Drain(receiver, buffer, TimeSpan.Zero, ref arrived, ref last);
        }
        Drain(receiver, buffer, TimeSpan.FromSeconds(1), ref arrived, ref last);
        return arrived;
    }

    private static void Drain(Socket receiver, byte[] buffer, TimeSpan patience, ref long arrived, ref long last)
    {
        while (receiver.Poll(patience, SelectMode.SelectRead))
        {
            receiver.Receive(buffer);
            var number = BinaryPrimitives.ReadInt64LittleEndian(buffer);
            if (number <= last) throw new InvalidOperationException($"datagram {number} of a flow came after datagram {last}");
            last = number;
            arrived++;
        }
    }
}
