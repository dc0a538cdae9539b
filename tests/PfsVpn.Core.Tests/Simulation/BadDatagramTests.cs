using PfsVpn.Device;
using PfsVpn.Noise;

namespace PfsVpn.Tests.Simulation;

/// <summary>Every message type, every length from 0 to 200, with and without reserved bytes: each ends in its own drop reason and changes nothing.</summary>
public sealed class BadDatagramTests
{
    public static TheoryData<byte> Types => new() { 0, 1, 2, 3, 4, 5, 64, 255 };

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_length_with_an_index_that_is_unknown(byte type)
    {
        using var pair = new Pair();
        pair.Connect();
        TryAll(pair, type, index: 0x01020304, isKnown: false);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_length_with_the_index_of_a_session(byte type)
    {
        using var pair = new Pair();
        pair.Connect();
        TryAll(pair, type, pair.AliceAtBob.Keypairs.Current!.LocalIndex, isKnown: true);
    }

    [Theory]
    [InlineData(1500)]
    [InlineData(9000)]
    [InlineData(65_507)]
    public void Oversized_datagrams(int length)
    {
        using var pair = new Pair();
        pair.Connect();
        var datagram = new byte[length];
        foreach (var (type, reason) in new[] { (1, DropReason.WrongLength), (2, DropReason.WrongLength), (3, DropReason.WrongLength), (4, DropReason.UnknownIndex) })
        {
            datagram[0] = (byte)type;
            AssertDropped(pair, datagram, reason);
        }
        pair.AssertTrafficFlows();
    }

    [Fact]
    public void Data_for_the_index_of_a_handshake_has_no_keypair()
    {
        using var pair = new Pair();
        pair.CutTheLink();
        pair.BobSends();
        var datagram = new byte[64];
        datagram[0] = (byte)MessageType.Data;
        BitConverter.TryWriteBytes(datagram.AsSpan(4), pair.AliceAtBob.HandshakeIndex);
        AssertDropped(pair, datagram, DropReason.UnknownIndex);
    }

    [Fact]
    public void A_response_to_a_handshake_that_does_not_decrypt_leaves_it_outstanding()
    {
        using var pair = new Pair();
        pair.BobSends();
        pair.Network.Link = datagram => datagram.Type == MessageType.Response ? [] : [pair.Network.Delay];
        pair.Network.Run(0.1);
        var response = pair.Network.LastSent(pair.Alice, MessageType.Response).Bytes;
        // All but mac2, which nobody looks at without load.
        for (var position = 0; position < response.Length - MessageSizes.Mac; position++)
        {
            var forged = response.ToArray();
            forged[position] ^= 1;
            pair.Bob.Receive(forged, pair.Alice.Address);
        }
        Assert.Equal(HandshakeState.InitiationSent, pair.AliceAtBob.Handshake.State);
        Assert.Equal(0, pair.Bob.Device.Ledger.Made);
        pair.Bob.Receive(response, pair.Alice.Address);
        Assert.Equal(1, pair.Bob.Device.Ledger.Made);
    }

    private static void TryAll(Pair pair, byte type, uint index, bool isKnown)
    {
        for (var length = 0; length <= 200; length++)
        {
            for (var reserved = 0; reserved <= 3; reserved++)
            {
                var datagram = new byte[length];
                if (length > 0) datagram[0] = type;
                if (reserved > 0 && reserved < length) datagram[reserved] = 0x80;
                if (length >= 8) BitConverter.TryWriteBytes(datagram.AsSpan(4), index);
                if (length >= 12 && type == 2) BitConverter.TryWriteBytes(datagram.AsSpan(8), index);
                AssertDropped(pair, datagram, Expect(datagram, isKnown));
            }
        }
        pair.AssertTrafficFlows();
    }

    /// <summary>What the protocol says, written down once more and as plainly as can be.</summary>
    private static DropReason Expect(byte[] datagram, bool isKnown)
    {
        if (datagram.Length < 4) return DropReason.WrongLength;
        if (datagram[0] is 0 or > 4) return DropReason.UnknownType;
        if (datagram[1] != 0 || datagram[2] != 0 || datagram[3] != 0) return DropReason.ReservedBytes;
        return (datagram[0], datagram.Length) switch
        {
            (1, 148) => DropReason.WrongMac1,
            (2, 92) => DropReason.UnknownHandshake,
            (3, 64) => isKnown ? DropReason.InvalidCookieReply : DropReason.UnknownHandshake,
            (4, >= 32) => isKnown ? DropReason.Authentication : DropReason.UnknownIndex,
            _ => DropReason.WrongLength,
        };
    }

    private static void AssertDropped(Pair pair, byte[] datagram, DropReason reason)
    {
        var device = pair.Bob.Device;
        var before = (Count: device.Drops[reason], device.Drops.Total, pair.AliceAtBob.Endpoint, pair.Bob.Arena.SlotsInUse, device.Indices.Count,
            pair.AliceAtBob.Keypairs.Current, pair.AliceAtBob.Statistics.Received, pair.AliceAtBob.Activity.LastTraversal, Sent: pair.Network.Sent.Count);
        pair.Bob.Receive(datagram, pair.Alice.Address with { Port = 9 });
        Assert.True(device.Drops[reason] == before.Count + 1, $"{Convert.ToHexString(datagram.AsSpan(0, Math.Min(16, datagram.Length)))} of {datagram.Length} bytes: not {reason}");
        Assert.Equal(
            (before.Count + 1, before.Total + 1, before.Endpoint, before.SlotsInUse, before.Item5, before.Current, before.Received, before.LastTraversal, before.Sent),
            (device.Drops[reason], device.Drops.Total, pair.AliceAtBob.Endpoint, pair.Bob.Arena.SlotsInUse, device.Indices.Count,
            pair.AliceAtBob.Keypairs.Current, pair.AliceAtBob.Statistics.Received, pair.AliceAtBob.Activity.LastTraversal, pair.Network.Sent.Count));
        Assert.Empty(pair.Bob.Delivered);
    }
}
