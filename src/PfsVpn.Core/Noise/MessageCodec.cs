using System.Buffers.Binary;

namespace PfsVpn.Noise;

/// <summary>Reads and writes the plain fields of messages; the only place where their byte order is known.</summary>
/// <remarks>
/// References: WireGuard paper §5.4. Integers are little-endian; byte 0 is the type, bytes 1 to 3 are zero.
/// The caller has checked that the message is as long as its type asks. Threading: pure functions.
/// </remarks>
internal static class MessageCodec
{
    /// <summary>Byte 0. The value may be no member of <see cref="MessageType"/>.</summary>
    public static MessageType ReadType(ReadOnlySpan<byte> message) => (MessageType)message[0];

    /// <summary>Whether bytes 1 to 3 are zero, as they must be. Reads 4 bytes.</summary>
    public static bool ReservedIsZero(ReadOnlySpan<byte> message) => (BinaryPrimitives.ReadUInt32LittleEndian(message) & 0xFFFFFF00) == 0;

    /// <summary>The sender's index of an initiation or a response.</summary>
    public static uint ReadSender(ReadOnlySpan<byte> message) => BinaryPrimitives.ReadUInt32LittleEndian(message[MessageLayout.FirstIndex..]);

    /// <summary>The receiver's index of a response.</summary>
    public static uint ReadResponseReceiver(ReadOnlySpan<byte> message) => BinaryPrimitives.ReadUInt32LittleEndian(message[MessageLayout.ResponseReceiver..]);

    /// <summary>The receiver's index of a cookie reply.</summary>
    public static uint ReadCookieReplyReceiver(ReadOnlySpan<byte> message) => BinaryPrimitives.ReadUInt32LittleEndian(message[MessageLayout.FirstIndex..]);

    /// <summary>The receiver's index of a data message.</summary>
    public static uint ReadDataReceiver(ReadOnlySpan<byte> message) => BinaryPrimitives.ReadUInt32LittleEndian(message[MessageLayout.FirstIndex..]);

    /// <summary>The counter of a data message.</summary>
    public static ulong ReadDataCounter(ReadOnlySpan<byte> message) => BinaryPrimitives.ReadUInt64LittleEndian(message[MessageLayout.DataCounter..]);

    /// <summary>Writes the 16 bytes of a data message's header.</summary>
    public static void WriteDataHeader(Span<byte> message, uint receiver, ulong counter)
    {
        WriteHeader(message, MessageType.Data, receiver);
        BinaryPrimitives.WriteUInt64LittleEndian(message[MessageLayout.DataCounter..], counter);
    }

    /// <summary>Whether the message has exactly the length, the type and the zero bytes of <paramref name="type"/>, a type of fixed size.</summary>
    public static bool IsWellFormed(ReadOnlySpan<byte> message, MessageType type)
    {
        var length = type switch
        {
            MessageType.Initiation => MessageSizes.Initiation,
            MessageType.Response => MessageSizes.Response,
            MessageType.CookieReply => MessageSizes.CookieReply,
            _ => -1,
        };
        return message.Length == length && BinaryPrimitives.ReadUInt32LittleEndian(message) == (uint)type;
    }

    /// <summary>Whether an initiation or a response carries a mac2: without a cookie the field is zero.</summary>
    public static bool HasMac2(ReadOnlySpan<byte> message) => message[MessageLayout.Mac2].ContainsAnyExcept((byte)0);

    /// <summary>Writes type, zero bytes and the index behind them: 8 bytes.</summary>
    internal static void WriteHeader(Span<byte> message, MessageType type, uint index)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(message, (uint)type);
        BinaryPrimitives.WriteUInt32LittleEndian(message[MessageLayout.FirstIndex..], index);
    }

    /// <summary>Writes the receiver's index of a response.</summary>
    internal static void WriteResponseReceiver(Span<byte> message, uint receiver) =>
        BinaryPrimitives.WriteUInt32LittleEndian(message[MessageLayout.ResponseReceiver..], receiver);
}
