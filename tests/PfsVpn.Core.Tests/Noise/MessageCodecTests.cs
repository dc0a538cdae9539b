using PfsVpn.Noise;

namespace PfsVpn.Tests.Noise;

/// <summary>The plain fields of messages.</summary>
public sealed class MessageCodecTests
{
    [Fact]
    public void A_data_header_is_little_endian()
    {
        var message = new byte[MessageSizes.DataHeader];
        MessageCodec.WriteDataHeader(message, 0x04030201, 0x0807060504030201);
        Assert.Equal("04000000010203040102030405060708", Convert.ToHexStringLower(message));
        Assert.Equal(MessageType.Data, MessageCodec.ReadType(message));
        Assert.Equal(0x04030201u, MessageCodec.ReadDataReceiver(message));
        Assert.Equal(0x0807060504030201u, MessageCodec.ReadDataCounter(message));
    }

    [Fact]
    public void Each_index_stands_in_its_place()
    {
        var message = Enumerable.Range(0, 16).Select(static value => (byte)value).ToArray();
        Assert.Equal(0x07060504u, MessageCodec.ReadSender(message));
        Assert.Equal(0x07060504u, MessageCodec.ReadCookieReplyReceiver(message));
        Assert.Equal(0x0B0A0908u, MessageCodec.ReadResponseReceiver(message));
    }

    [Theory]
    [InlineData(0, 0, 0, true)]
    [InlineData(1, 0, 0, false)]
    [InlineData(0, 1, 0, false)]
    [InlineData(0, 0, 0x80, false)]
    public void The_reserved_bytes_are_zero(byte first, byte second, byte third, bool expected)
    {
        for (var type = 0; type < 256; type++) Assert.Equal(expected, MessageCodec.ReservedIsZero([(byte)type, first, second, third]));
    }

    [Fact]
    public void Only_the_right_length_type_and_reserved_bytes_are_well_formed()
    {
        for (var length = 0; length <= 200; length++)
        {
            var message = new byte[length];
            foreach (var type in Enum.GetValues<MessageType>())
            {
                if (length > 0) message[0] = (byte)type;
                var expected = (type, length) is (MessageType.Initiation, 148) or (MessageType.Response, 92) or (MessageType.CookieReply, 64);
                Assert.Equal(expected, MessageCodec.IsWellFormed(message, type));
                if (!expected) continue;
                message[2] = 1;
                Assert.False(MessageCodec.IsWellFormed(message, type));
                message[2] = 0;
                message[0] ^= 0x10;
                Assert.False(MessageCodec.IsWellFormed(message, type));
            }
        }
    }
}
